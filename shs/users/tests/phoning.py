"""A mixin for TestCases: codes go to a file, from which they are read as from a phone."""

import json
import re
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.cache import cache
from django.test import override_settings
from django.utils import timezone

from shs.core.ages import Birth
from shs.core.records.transitions import save_with_reason
from shs.notices.models import Notice
from shs.notices.services import deliver
from shs.notices.sms import deliver_sms
from shs.testing import Api
from shs.users import contacts, phone_codes
from shs.users.models import PhoneCode, User

PHONE, OTHER = "+8801712345678", "+8801812345678"
BORN = date(1980, 3, 12)
BIRTH = Birth(BORN)


class Phoning:
    def setUp(self):
        super().setUp()
        cache.clear()
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.texts = Path(folder.name) / "sms.jsonl"
        sent = override_settings(SMS_BACKEND="file", SMS_FILE=self.texts, SMS_QUIET_HOURS=None)
        sent.enable()
        self.addCleanup(sent.disable)

    @staticmethod
    def register(name: str, *, phone: str = PHONE, birth: Birth | None = BIRTH, **fields) -> User:
        """Somebody without a login, as a desk registers them."""
        person = User.objects.create_user(None, name=name, **fields)
        person.profile.be_born(birth, timezone.localdate())
        save_with_reason(person.profile, "registered")
        if phone:
            contacts.set_phone(person=person, text=phone, now=timezone.now())
        return person

    def received(self) -> list[dict]:
        """The texts that were sent so far."""
        return [json.loads(line) for line in self.texts.read_text().splitlines()] if self.texts.exists() else []

    def send_texts(self) -> list[dict]:
        """Send what waits, as the due work does; the texts that were added."""
        before = len(self.received())
        phone_codes.send(now=timezone.now())
        deliver(now=timezone.now())
        deliver_sms(now=timezone.now())
        return self.received()[before:]

    def asked(self, phone: str = PHONE, api: Api | None = None) -> tuple[str, str]:
        """The challenge of a new code, and the code that the phone received; the pause between two is over."""
        PhoneCode.objects.update(asked_at=timezone.now() - phone_codes.PAUSE)
        answer = (api or Api()).post("/auth/otp/request", {"phone": phone})
        self.assertEqual(answer.status_code, 202, answer.content)
        text = next(sent["text"] for sent in self.send_texts() if sent["to"] == phone)
        return answer.json()["challenge"], re.search(r"\b[0-9]{6}\b", text)[0]

    def proven(self, phone: str = PHONE, api: Api | None = None, **headers: str) -> dict:
        """The proof of a phone, and the people on it."""
        challenge, code = self.asked(phone, api)
        answer = (api or Api()).post("/auth/otp/verify", {"challenge": challenge, "code": code}, **headers)
        self.assertEqual(answer.status_code, 200, answer.content)
        return answer.json()

    def log_in(self, found: dict, at: int = 0, api: Api | None = None, headers: dict | None = None, **fact):
        """The answer to a login as the person at this place of the list."""
        body = {"proof": found["proof"], "person": found["people"][at]["person"], **fact}
        return (api or Api()).post("/auth/otp/login", body, **(headers or {}))

    def told(self, kind: str) -> int:
        return Notice.objects.filter(kind=kind).count()
