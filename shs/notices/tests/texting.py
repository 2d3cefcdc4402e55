"""A test case with a local SMS gateway, and people who have a phone number only."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.test import override_settings
from django.utils import timezone

from shs.core.tests.misbehaving import Behaviour, Misbehaving, answers
from shs.environment import Accepted
from shs.notices import gateway
from shs.notices.kinds import Kind
from shs.notices.models import TOLD_BY_STATE, Notice
from shs.notices.services import deliver, notice, notify
from shs.notices.sms import deliver_sms
from shs.users import contacts
from shs.users.models import User

ACCEPTED = Accepted(frozenset(range(200, 300)))
PHONE = "+8801712345678"


@contextmanager
def gateway_at(url: str, **more) -> Iterator[None]:
    """Texts go to a gateway at `url`, at any time of the day, with a fresh circuit breaker."""
    gateway._service_at.cache_clear()
    changed = {"SMS_QUIET_HOURS": None, "SMS_TIMEOUT_SECONDS": 5, **more}
    with override_settings(SMS_URL=url, **changed):
        yield
    gateway._service_at.cache_clear()


def sent_by(server: Misbehaving) -> list[dict]:
    """The bodies of the requests that a gateway has got."""
    return [json.loads(request.partition("\r\n\r\n")[2]) for request in server.requests]


class Texting:
    """Mixin for TestCases with `TestUsers`: Alice has no e-mail address, no app, and a phone number."""

    def setUp(self):
        super().setUp()
        self.empty_outbox()
        self.without_email(self.alice)
        self.give_phone(self.alice, "০১৭১২-৩৪৫৬৭৮")

    def empty_outbox(self) -> None:
        Notice.objects.without_history(TOLD_BY_STATE).update(state="sent", sent_at=timezone.now())

    def without_email(self, user: User) -> None:
        User.objects.without_history("as if a desk had registered them").filter(pk=user.pk).update(email=None)
        user.email = None

    def give_phone(self, user: User, text: str) -> None:
        """Let `text` be the phone of `user`; empty for none."""
        contacts.set_phone(person=user, text=text, now=timezone.now())

    def told(self, kind: Kind = Kind.BOOKED, *, starts: timedelta = timedelta(days=2), to=None, **more) -> Notice:
        """A notice that waits to be sent: of a visit, at its clinic."""
        data = {
            "starts_at": timezone.now() + starts,
            "doctor": "Dr. Carol",
            "patient": "Alice",
            "place": "Lakeside Clinic, Road 2",
            "serial": 4,
            "visit_id": 1,
            "number": "APT-20261125-K7QX2M",
            **more.pop("data", {}),
        }
        row = notice(to=to or self.alice, kind=kind, data=data, about="appointment:1", charged_to="clinic:1", **more)
        notify(row)
        return Notice.objects.get(key=row.key)

    def send(self, now: datetime | None = None) -> int:
        """What is due is sent, as by the due work; the number of texts."""
        now = now or timezone.now()
        deliver(now=now)
        return deliver_sms(now=now)

    def send_to(self, behaviour: Behaviour | None = None, **more) -> Misbehaving:
        """What is due is sent to a gateway of this behaviour."""
        with Misbehaving(behaviour or answers({"ok": True})) as server, gateway_at(server.url, **more):
            self.send()
        return server
