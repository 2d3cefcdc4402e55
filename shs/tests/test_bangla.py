"""Bangla: no text of ours, of unfold or of another package appears in English on a page."""

import re
from collections.abc import Iterator

from django.conf import settings
from django.db import IntegrityError
from django.test import Client, TestCase, tag
from django.urls import reverse
from django.utils.translation import override

from shs.core.catalogue import DOMAINS, stored
from shs.core.errors import refusal_for
from shs.core.reads.models import ReadLog
from shs.testing import Api, EveryModel
from shs.tests.english_left import EnglishLeft
from shs.tests.spoken import LATIN_WORD

PLACEHOLDER = re.compile(r"%\(\w+\)[sdr]|%[sd]|\{\w*\}")


def entries() -> Iterator[tuple[str, object]]:
    for domain in DOMAINS:
        for entry in stored(domain):
            yield f"{domain}: {entry.msgid}", entry


def forms(entry) -> list[str]:
    return [entry.msgstr_plural[form] for form in sorted(entry.msgstr_plural)] if entry.msgid_plural else [entry.msgstr]


@tag("replay", "any_database")
class Data(EveryModel, TestCase):
    def test_data_does_not_hide_words_of_ours(self):
        """Proves that English on a page is found."""
        left = EnglishLeft([])
        sentences = [entry.msgid for entry in stored("django") if LATIN_WORD.search(PLACEHOLDER.sub("", entry.msgid))]
        caught = [text for text in sentences if left.on(text)]
        self.assertGreater(len(caught) / len(sentences), 0.9)


class WhichLanguage(EveryModel, TestCase):
    def setUp(self):
        self.client.force_login(self.frank, backend="shs.users.backends.EmailBackend")
        self.front = reverse("admin:index")

    def choose(self, code: str, back: str):
        return self.client.post(reverse("set_language"), {"language": code, "next": back})

    def is_in(self, code: str, response) -> bool:
        return f'<html lang="{code}"' in response.content.decode() and response["Content-Language"] == code

    def test_a_page_follows_the_browser_until_somebody_chooses(self):
        self.assertTrue(self.is_in("en", self.client.get(self.front)))
        self.assertTrue(self.is_in("bn", self.client.get(self.front, headers={"Accept-Language": "bn-BD,bn;q=0.9"})))
        self.assertTrue(self.is_in("en", self.client.get(self.front, headers={"Accept-Language": "fr"})))

    def test_a_choice_before_the_login_is_kept_in_a_cookie_that_scripts_cannot_read_and_leads_back(self):
        nobody, login = Client(headers={"Accept-Language": "en"}), reverse("admin:login")
        answer = nobody.post(reverse("set_language"), {"language": "bn", "next": f"{login}?next=/admin/"})
        self.assertEqual(answer["Location"], f"{login}?next=/admin/")
        self.assertTrue(nobody.cookies[settings.LANGUAGE_COOKIE_NAME]["httponly"])
        self.assertTrue(self.is_in("bn", nobody.get(login)))

    def test_the_choice_leads_nowhere_else_and_needs_the_token_of_the_page(self):
        self.assertEqual(self.choose("bn", "https://elsewhere.example/")["Location"], "/")
        self.assertEqual(self.choose("xx", self.front).cookies.get(settings.LANGUAGE_COOKIE_NAME), None)
        strict = Client(enforce_csrf_checks=True)
        self.assertEqual(strict.post(reverse("set_language"), {"language": "bn"}).status_code, 403)

    def test_the_account_menu_and_the_login_name_each_language_in_its_own_words(self):
        for page in (self.client.get(self.front), Client().get(reverse("admin:login"))):
            html = page.content.decode()
            self.assertTrue('lang="bn" class="shs-language">বাংলা</button>' in html)
            self.assertTrue('lang="en" class="shs-language" aria-current="true">English</button>' in html)

    def test_the_words_of_the_scripts_come_in_the_language_of_the_page(self):
        for client, page in ((self.client, self.front), (Client(), reverse("admin:login"))):
            html = client.get(page, headers={"Accept-Language": "bn"}).content.decode()
            self.assertTrue('data-offline="সংযোগ নেই।' in html)

    def test_a_choice_is_kept_with_the_account_and_speaks_in_every_browser(self):
        self.choose("bn", self.front)
        self.frank.refresh_from_db()
        self.assertEqual(self.frank.language, "bn")
        versions = self.frank.history.count()
        self.choose("bn", self.front)
        self.assertEqual(self.frank.history.count(), versions)
        elsewhere = Client(headers={"Accept-Language": "en"})
        elsewhere.force_login(self.frank, backend="shs.users.backends.EmailBackend")
        self.assertTrue(self.is_in("bn", elsewhere.get(self.front)))

    def test_the_api_says_in_the_callers_language_what_went_wrong_and_its_codes_stay(self):
        said = {}
        for code in ("en", "bn"):
            answer = Api().call("GET", "/appointments/my-appointments", **{"Accept-Language": code})
            self.assertIn("Accept-Language", answer["Vary"])
            said[code] = answer.json()
        self.assertEqual(said["en"]["title"], "Please log in")
        self.assertEqual(said["bn"]["title"], "লগ ইন করুন")
        self.assertEqual(said["en"]["type"], said["bn"]["type"])

    def test_a_request_that_the_middleware_refuses_is_refused_in_understandable_words(self):
        answer = self.client.get(f"{self.front}?q=%00", headers={"Accept-Language": "bn"})
        self.assertEqual(answer.content.decode(), "ঠিকানায় নাল অক্ষর থাকতে পারে না।")

    def test_the_read_log_is_kept_in_one_language_and_read_in_any(self):
        entry = reverse("admin:medical_record_medicalrecord_history", args=(self.entry.pk,))
        self.client.get(entry, headers={"Accept-Language": "bn"})
        line = ReadLog.objects.latest("pk")
        self.assertEqual(line.what, "history of medical record")
        with override("bn"):
            self.assertEqual(line.what_label, "মেডিকেল রেকর্ড-এর ইতিহাস")

    def test_a_number_that_exists_already_is_said_in_the_language_of_each_reader(self):
        """The cached labels of unique columns do not keep the language of the first request."""
        error = IntegrityError("UNIQUE constraint failed: users_user.email")
        with override("en"):
            first = str(refusal_for(error).detail)
        with override("bn"):
            second = str(refusal_for(error).detail)
        self.assertTrue(LATIN_WORD.search(first) and not LATIN_WORD.search(second), f"{first} / {second}")
