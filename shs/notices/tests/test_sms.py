"""Texts by SMS: who gets them, each once, whatever the gateway does."""

import io
import json
from contextlib import redirect_stdout
from datetime import time, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core import mail
from django.db import connection, transaction
from django.test import TestCase, override_settings
from django.utils import timezone

from shs.appointment import services as visits
from shs.appointment.models import IdentityCode
from shs.core.errors import StepRefused
from shs.core.tests.misbehaving import BUSY, FAULTS, TIMEOUTS, Misbehaving, answers, closes_early, refused_url
from shs.environment import Accepted
from shs.notices.gateway import MOST_READ
from shs.notices.kinds import BY_SMS, CODES, Kind
from shs.notices.models import Notice, SmsDay, SmsWhen, State
from shs.notices.sending import LEASE, LOST, PAUSES
from shs.notices.services import choose_sms, notice, notify
from shs.notices.sms import MADE_UP, deliver_sms
from shs.notices.tests.texting import ACCEPTED, PHONE, Texting, gateway_at, sent_by
from shs.notices.texts import ForeignLink, text_of
from shs.notices.ways import NO_WAY
from shs.testing import CommittedTestCase, TestUsers, at_once, soon
from shs.users.models import AppSession, ContactPoint, ContactSystem

NOT_TAKEN = {
    "404": FAULTS["404"],
    "400": answers({}, status="400 Bad Request"),
    "401": answers({}, status="401 Unauthorized"),
    "redirect": FAULTS["redirect"],
}
MAY_HAVE_SENT = {
    "500": FAULTS["500"],
    "reset in the body": FAULTS["reset in the body"],
    "too large": FAULTS["too large"],
    "gzip bomb": FAULTS["gzip bomb"],
    "hangs up": closes_early,
}
TAKEN = {name: FAULTS[name] for name in ("HTML", "no type", "malformed JSON", "not UTF-8", "deep", "NaN")}
"""The status says that the text was accepted, whatever the body is."""


class WhoGetsTexts(Texting, TestUsers, TestCase):
    def channel(self, told: Notice) -> tuple[str, str]:
        told.refresh_from_db()
        return told.channel, told.state

    def test_people_without_address_and_app_are_told_by_sms(self):
        told = self.told()
        (sent,) = sent_by(self.send_to())
        self.assertEqual(sent["to"], PHONE)
        self.assertIn("serial 4", sent["text"])
        self.assertIn("Lakeside Clinic", sent["text"])
        self.assertEqual(self.channel(told), ("sms", State.SENT))
        self.assertEqual((told.number, told.segments, told.cost), (PHONE, 1, 400))
        self.assertEqual(SmsDay.objects.get(charged_to="clinic:1").spent, 400)
        self.assertEqual(mail.outbox, [])

    def test_people_with_an_address_get_mails_and_texts_only_if_they_want(self):
        told = self.told(to=self.bob)
        self.assertEqual(self.send_to().requests, [])
        self.assertEqual(self.channel(told), ("email", State.SENT))
        self.give_phone(self.bob, PHONE)
        choose_sms(user=self.bob, sms=SmsWhen.FIRST)
        told = self.told(to=self.bob)
        self.assertEqual(len(self.send_to().requests), 1)
        self.assertEqual((self.channel(told), len(mail.outbox)), (("sms", State.SENT), 1))

    def test_people_with_an_app_are_told_there_but_codes_go_by_sms(self):
        now = timezone.now()
        lasts = {"created_at": now, "seen_at": now, "expires_at": now + timedelta(days=1)}
        AppSession.objects.create(user=self.alice, **lasts)
        told, code = self.told(), self.told(Kind.IDENTITY_CODE, data={"visit_id": self.visit.pk})
        self.assertEqual(len(self.send_to().requests), 1)
        self.assertEqual([self.channel(told), self.channel(code)], [("app", State.SENT), ("sms", State.SENT)])

    def test_whoever_is_reached_by_nothing_is_to_be_called(self):
        for fault in ("no number", "a wrong number", "no gateway", "wants none"):
            with self.subTest(fault):
                self.give_phone(self.alice, "" if fault in ("no number", "a wrong number") else PHONE)
                if fault == "a wrong number":
                    ContactPoint.objects.create(person=self.alice, system=ContactSystem.OTHER, value="at the shop")
                choose_sms(user=self.alice, sms=SmsWhen.NEVER if fault == "wants none" else SmsWhen.IF_NEEDED)
                told, reminder = self.told(), self.told(Kind.REMINDER_DAY)
                if fault == "no gateway":
                    self.send()
                else:
                    self.assertEqual(self.send_to().requests, [])
                self.assertEqual(self.channel(told), ("app", State.CALL))
                self.assertEqual(told.error, NO_WAY)
                self.assertEqual(self.channel(reminder), ("app", State.FAILED), "nobody calls to remind")

    def test_made_up_people_get_none(self):
        for number, name in (("+8801000000007", ""), (PHONE, "patient1")):
            with self.subTest(number=number):
                self.give_phone(self.alice, number)
                type(self.alice).objects.without_history("a test").filter(pk=self.alice.pk).update(demo_name=name)
                choose_sms(user=self.alice, sms=SmsWhen.FIRST)
                told = self.told()
                self.assertEqual(self.send_to().requests, [])
                self.assertEqual(self.channel(told)[1], State.SENT)
                late = self.told()
                Notice.objects.without_history("routed before").filter(pk=late.pk).update(channel="sms")
                self.assertEqual(self.send_to().requests, [])
                late.refresh_from_db()
                self.assertEqual((late.state, late.error), (State.TAKEN_BACK, MADE_UP))

    def test_a_suspended_person_gets_none(self):
        self.alice.suspend(reason="misuse")
        told = self.told()
        self.assertEqual(self.send_to().requests, [])
        self.assertEqual(self.channel(told)[1], State.TAKEN_BACK)

    def test_no_text_is_sent_after_its_visit_began(self):
        told = self.told(starts=timedelta(minutes=-1))
        self.assertEqual(self.send_to().requests, [])
        self.assertEqual(self.channel(told)[1], State.TAKEN_BACK)

    def booked_at_the_desk(self):
        return visits.book(
            patient=self.alice,
            doctor_id=self.dr_carol.pk,
            date=soon(3),
            time=time(10),
            reason="chest pain",
            now=timezone.now(),
            source="desk",
        )

    def test_a_booking_at_the_desk_is_told_with_time_and_serial(self):
        visit = self.booked_at_the_desk()
        (sent,) = sent_by(self.send_to())
        self.assertIn(f"serial {visit.serial}", sent["text"])
        self.assertNotIn("chest", json.dumps(sent))
        told = Notice.objects.get(user=self.alice, channel="sms")
        self.assertEqual(told.charged_to, f"clinic:{visit.clinic_id}")

    def test_a_code_goes_to_a_phone_only_if_it_was_confirmed(self):
        type(self.alice).objects.without_history("a test").filter(pk=self.alice.pk).update(is_verified=False)
        self.alice.refresh_from_db()
        visit = self.booked_at_the_desk()
        with self.assertRaises(StepRefused):
            visits.send_code(visit=visit, now=timezone.now())
        self.empty_outbox()
        ContactPoint.objects.phones().get(person=visit.patient).confirm(now=timezone.now())
        visits.send_code(visit=visit, now=timezone.now())
        (sent,) = sent_by(self.send_to())
        self.assertRegex(sent["text"], r"desk: \d{6}\.")


class Words(Texting, TestUsers, TestCase):
    def test_each_kind_has_a_text_in_both_languages_that_is_short(self):
        for kind in BY_SMS:
            data = {"from_at": timezone.now(), "minutes": 40, "visit_id": self.visit.pk, "code": "123456"}
            told = self.told(kind, data=data)
            english = text_of(told)
            told.user.language = "bn"
            bangla = text_of(told)
            with self.subTest(kind=kind):
                self.assertTrue(any("\u0980" <= letter <= "\u09ff" for letter in bangla))
                self.assertNotEqual(english, bangla)
                self.assertLessEqual(len(english), 160)
                self.assertLessEqual(len(bangla), 201)
                self.assertNotIn("\n", english + bangla)

    def test_a_link_leads_to_this_site_only(self):
        for place in ("https://evil.example/x", "www.evil.example", "HTTP://evil.example"):
            with self.subTest(place=place), self.assertRaises(ForeignLink):
                text_of(self.told(data={"place": place}))
        with override_settings(SITE_URL="https://shs.example.org"):
            self.assertIn("/visits", text_of(self.told(data={"place": "https://shs.example.org/visits"})))

    def test_a_text_with_a_foreign_link_is_not_sent(self):
        told = self.told(data={"place": "https://evil.example/x"})
        self.assertEqual(self.send_to().requests, [])
        told.refresh_from_db()
        self.assertEqual(told.state, State.CALL)

    def test_a_code_is_sent_and_stored_nowhere(self):
        IdentityCode.objects.create(visit=self.visit, nonce="ab" * 16, sent_at=timezone.now())
        told = self.told(Kind.IDENTITY_CODE, data={"visit_id": self.visit.pk})
        (sent,) = sent_by(self.send_to())
        code = next(word for word in sent["text"].replace(".", " ").split() if word.isdigit() and len(word) == 6)
        self.assertNotIn(code, str(list(Notice.objects.filter(pk=told.pk).values())))
        self.assertNotIn(code, text_of(told))


class Faults(Texting, TestUsers, TestCase):
    """The gateway misbehaves in each way of the AI service's table."""

    def outcome(self, behaviour, **more) -> Notice:
        told = self.told()
        self.send_to(behaviour, **more)
        told.refresh_from_db()
        return told

    def spent(self) -> int:
        return sum(SmsDay.objects.values_list("spent", flat=True))

    def test_a_refused_text_costs_nothing_and_is_told_by_phone(self):
        for name, behaviour in NOT_TAKEN.items():
            with self.subTest(fault=name):
                told = self.outcome(behaviour)
                self.assertEqual((told.state, told.cost, self.spent()), (State.CALL, 0, 0))
                self.assertIn("rejected", told.error)

    def test_a_text_that_may_have_been_sent_is_not_sent_again(self):
        for name, behaviour in (MAY_HAVE_SENT | TIMEOUTS).items():
            with self.subTest(fault=name):
                told = self.outcome(behaviour, SMS_TIMEOUT_SECONDS=0.5 if name in TIMEOUTS else 5)
                self.assertEqual((told.state, told.error), (State.CALL, LOST))
                with Misbehaving(answers({})) as server, gateway_at(server.url):
                    self.send(timezone.now() + timedelta(days=1))
                    self.assertEqual(server.requests, [])

    def test_what_the_body_says_does_not_matter_if_the_status_decides(self):
        for name, behaviour in TAKEN.items():
            with self.subTest(fault=name):
                self.assertEqual(self.outcome(behaviour).state, State.SENT)

    def test_a_busy_or_closed_gateway_is_tried_again_after_a_pause_and_finally_given_up(self):
        told = self.told()
        for behaviour in BUSY.values():
            Notice.objects.without_history("a new try").filter(pk=told.pk).update(attempts=0, next_at=timezone.now())
            self.send_to(behaviour)
            told.refresh_from_db()
            self.assertEqual((told.state, told.attempts, self.spent()), (State.QUEUED, 1, 0))
        for attempts in range(2, len(PAUSES) + 2):
            self.assertEqual((told.state, told.attempts), (State.QUEUED, attempts - 1))
            with gateway_at(refused_url()):
                self.send(told.next_at)
            told.refresh_from_db()
        self.assertEqual((told.state, told.cost), (State.CALL, 0))

    def test_an_unreachable_gateway_is_asked_once_a_run_and_mails_are_sent_all_the_same(self):
        texts = [self.told() for _number in range(3)]
        self.told(to=self.bob)
        with gateway_at(refused_url()):
            self.send()
        tried = Notice.objects.filter(pk__in=[told.pk for told in texts], attempts__gt=0)
        self.assertEqual((tried.count(), len(mail.outbox)), (1, 1))

    def test_a_gateway_that_fails_again_and_again_is_left_alone_for_a_while(self):
        for _number in range(8):
            self.told()
        self.assertEqual(len(self.send_to(FAULTS["500"]).requests), 5)
        self.assertEqual(Notice.objects.filter(state=State.QUEUED, channel="sms").count(), 3)

    def test_a_text_whose_process_was_killed_is_to_be_called(self):
        told = self.told()
        rows = Notice.objects.without_history("a process that was killed").filter(pk=told.pk)
        rows.update(state=State.SENDING, channel="sms", claimed_at=timezone.now())
        deliver_sms(now=timezone.now() + LEASE + timedelta(minutes=1))
        told.refresh_from_db()
        self.assertEqual((told.state, told.error), (State.CALL, LOST))

    def test_what_counts_as_accepted_is_a_setting(self):
        ok = frozenset([200])
        cases = [
            (Accepted(ok, "text", "", ("OK", "QUEUED")), answers(body=b"1 QUEUED", kind="text/plain"), True),
            (Accepted(ok, "text", "", ("OK",)), answers(body=b"1 LOW BALANCE", kind="text/plain"), False),
            (Accepted(ok, "json", "messages.0.status", ("0",)), answers({"messages": [{"status": 0}]}), True),
            (Accepted(ok, "json", "messages.0.status", ("0",)), answers({"messages": []}), False),
            (Accepted(ok, "json", "a.b", ("x",)), answers(body=b"[" * MOST_READ), False),
            (Accepted(ok, "json", "a.b", ("x",)), answers({"a": "x"}), False),
            (Accepted(ok), answers({}, status="202 Accepted"), False),
        ]
        for accepted, behaviour, is_sent in cases:
            with self.subTest(accepted=accepted):
                told = self.outcome(behaviour, SMS_ACCEPTED=accepted)
                self.assertEqual(told.state, State.SENT if is_sent else State.CALL)
        self.assertEqual(ACCEPTED.kind, "")

    def test_no_secret_and_no_number_is_logged(self):
        with self.assertLogs("shs", "DEBUG") as logged:
            self.told()
            with gateway_at(refused_url(), SMS_HEADERS={"Authorization": "hush"}):
                self.send()
        self.assertNotRegex(" ".join(logged.output), "hush|1712345678|serial")


class Requests(Texting, TestUsers, TestCase):
    """What the gateway gets."""

    def test_values_are_escaped_as_the_body_needs_it(self):
        quoted = {"data": {"doctor": 'Dr. "{id}" & Co+'}}
        self.told(**quoted)
        (sent,) = sent_by(self.send_to(SMS_SENDER="SHS"))
        self.assertIn('Dr. "{id}" & Co+', sent["text"])
        self.assertEqual(sent["sender"], "SHS")
        self.told(**quoted)
        form = {"Content-Type": "application/x-www-form-urlencoded", "X-Key": "abc"}
        (request,) = self.send_to(SMS_HEADERS=form, SMS_BODY="to={to}&n={digits}&m={text}").requests
        self.assertIn("X-Key: abc", request)
        self.assertIn("to=%2B8801712345678&n=8801712345678&m=", request)
        self.assertIn("%22%7Bid%7D%22+%26+Co%2B", request)

    def test_a_gateway_may_want_everything_in_its_address(self):
        self.told()
        with (
            Misbehaving(answers({})) as server,
            gateway_at(f"{server.url}/send?to={{to}}&text={{text}}", SMS_METHOD="GET"),
        ):
            self.send()
        (request,) = server.requests
        self.assertTrue(request.startswith("GET /send?to=%2B8801712345678&text=Alice%3A%20visit"), request[:80])

    def test_without_a_gateway_a_line_is_printed_or_written(self):
        self.told()
        with override_settings(SMS_BACKEND="console", SMS_QUIET_HOURS=None), redirect_stdout(io.StringIO()) as printed:
            self.assertEqual(self.send(), 1)
        self.assertIn("SMS to ••• 678", printed.getvalue())
        self.assertNotRegex(printed.getvalue(), "1712345|serial", "the text is shown on a developer's machine only")
        with TemporaryDirectory() as folder:
            file = Path(folder) / "sms" / "sent.jsonl"
            with override_settings(SMS_BACKEND="file", SMS_FILE=file, SMS_QUIET_HOURS=None):
                self.told()
                self.assertEqual(self.send(), 1)
            line = json.loads(file.read_text())
            self.assertEqual((line["to"], oct(file.stat().st_mode)[-3:]), (PHONE, "600"))
            self.assertIn("serial 4", line["text"])

    def test_a_file_that_cannot_be_written_is_tried_again_later(self):
        told = self.told()
        with override_settings(SMS_BACKEND="file", SMS_FILE=Path("/proc/none/sms"), SMS_QUIET_HOURS=None):
            self.assertEqual(self.send(), 0)
        told.refresh_from_db()
        self.assertEqual(told.state, State.QUEUED)

    def test_a_person_sends_a_failed_text_again_or_notes_a_call(self):
        told = self.told()
        self.send_to(FAULTS["404"])
        told.refresh_from_db()
        told.retry(now=timezone.now())
        self.assertEqual(len(self.send_to().requests), 1)
        told.refresh_from_db()
        self.assertEqual(told.state, State.SENT)
        with self.assertRaises(StepRefused):
            told.called()
        self.assertNotIn(told.kind, CODES)


class ConcurrentTexting(Texting, TestUsers, CommittedTestCase):
    many = 30

    def setUp(self):
        self.make_people()
        super().setUp()

    def texts(self, **more) -> list[Notice]:
        data = {"starts_at": timezone.now() + timedelta(days=2), "doctor": "Dr. Carol", "patient": "Alice", "serial": 1}
        with transaction.atomic():
            rows = [
                notice(to=self.alice, kind=Kind.BOOKED, data=data, charged_to="clinic:1")
                for _number in range(self.many)
            ]
            for row in rows:
                row.channel = "sms"
            Notice.objects.without_history("many").bulk_create(rows)
        connection.close()
        return rows

    def test_concurrent_senders_send_each_text_once(self):
        self.texts()
        with Misbehaving(answers({})) as server, gateway_at(server.url, UPSTREAM_MOST_WAITING=8):
            sent = at_once(4, lambda number: deliver_sms(now=timezone.now()))
        marks = [row["id"] for row in sent_by(server)]
        self.assertEqual((sum(sent), len(marks), len(set(marks))), (self.many, self.many, self.many))

    def test_concurrent_senders_never_pass_the_limit_together(self):
        self.texts()
        with Misbehaving(answers({})) as server, gateway_at(
            server.url, UPSTREAM_MOST_WAITING=8, SMS_DAY_CAP=Decimal("4"), SMS_PRICE=Decimal("0.4")
        ):  # fmt: skip
            sent = at_once(4, lambda number: deliver_sms(now=timezone.now()))
        self.assertEqual((sum(sent), len(server.requests)), (10, 10))
        self.assertEqual(SmsDay.objects.get(charged_to="clinic:1").spent, 4000)


class Notifying(TestUsers, TestCase):
    def test_notify_asks_no_gateway(self):
        with Misbehaving(answers({})) as server, gateway_at(server.url):
            notify(notice(to=self.alice, kind=Kind.BOOKED, data={}))
        self.assertEqual(server.requests, [])
