"""Bangla: no text of ours, of unfold or of another package appears in English on a page."""

import re
from collections.abc import Iterator
from contextlib import suppress
from html.parser import HTMLParser

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.db import IntegrityError, models
from django.test import Client, TestCase, tag
from django.urls import NoReverseMatch, URLPattern, reverse
from django.utils.translation import override

from shs.core.admin.screen import Screen
from shs.core.catalogue import DOMAINS, stored
from shs.core.errors import refusal_for
from shs.core.grants.table import rows_allowed
from shs.core.reads.models import ReadLog
from shs.testing import INSIDE, Api, EveryModel
from shs.tests.generate import ManyPages, one_class_each
from shs.users.models import User

PLACEHOLDER = re.compile(r"%\(\w+\)[sdr]|%[sd]|\{\w*\}")
LATIN_WORD = re.compile(r"(?<!\w)[A-Za-z]{3,}(?!\w)")


def entries() -> Iterator[tuple[str, object]]:
    for domain in DOMAINS:
        for entry in stored(domain):
            yield f"{domain}: {entry.msgid}", entry


def forms(entry) -> list[str]:
    return [entry.msgstr_plural[form] for form in sorted(entry.msgstr_plural)] if entry.msgid_plural else [entry.msgstr]


NAMES = frozenset({"Smart Health Synchronizer", "Ctrl K", "Enter", "Esc"})
"""Words that are the same in both languages."""


class Spoken(HTMLParser):
    """The texts of a page that people read or hear: text nodes, and attributes that are shown or read aloud."""

    SILENT = frozenset({"script", "style", "code", "template"})
    ATTRIBUTES = frozenset({"aria-label", "title", "alt", "placeholder", "data-label"})

    def __init__(self, html: str):
        super().__init__()
        self.parts: list[str] = []
        self.silent = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.parts += [value for name, value in attrs if name in self.ATTRIBUTES and value]
        if attributes.get("type") in {"submit", "button"} and tag == "input" and attributes.get("value"):
            self.parts.append(attributes["value"])
        if tag in self.SILENT or "material-symbols" in (attributes.get("class") or ""):
            self.silent = self.silent or tag

    def handle_endtag(self, tag):
        if tag == self.silent:
            self.silent = ""

    def handle_data(self, data):
        if not self.silent and data.strip():
            self.parts.append(data.strip())


def words_outside(source: str) -> list[str]:
    """The Latin words in a template's text and visible attributes, outside of template tags."""
    for block in ("comment", "blocktranslate", "blocktrans"):
        source = re.sub(rf"{{% {block}\b.*?{{% end{block} %}}", " ", source, flags=re.DOTALL)
    source = re.sub(r"<(/?){%.*?%}", r"<\1", source)  # a tag whose name is a variable
    source = re.sub(r"{%.*?%}|{{.*?}}|{#.*?#}", " \u2063 ", source, flags=re.DOTALL)
    found = [part.strip("| ") for text in Spoken(source).parts for part in text.split("\u2063")]
    return [part for part in found if LATIN_WORD.search(part) and part not in NAMES]


@tag("replay", "any_database")
class Reading(ManyPages):
    """Opens pages in Bangla: Latin words may only be data or names."""

    ALIKE = re.compile(
        r"(?<!\w)(English|Ctrl|Enter|esc|Control|Command|CSV|JSON|XLSX|TSV|PDF|JPEG|PNG|SHA-256|ICD-10|LOINC|ATC|mmHg|\S+•+@\S+|v\d+|"
        r"QR|HTML|Django|SQLite|PostgreSQL|[KM]iB|Redis|Celery|Asia/Dhaka|run_due|worker|beat|manage.py|"
        r"Aegis|2FAS|Google Authenticator|Single Sign-On|LDAP)(?!\w)",
        re.IGNORECASE,
    )
    """Language names, keyboard keys, file formats, code systems, units, masked addresses and names of programs."""

    UNSEEN = frozenset({"ReadLog.what", "ReadLog.role", "Permission.name", "Group.name", "User.password"})
    """Texts that the database holds in English and that pages show translated."""

    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        # The user's own language too, not only the browser's: a notice is shown in the language of its recipient.
        User.objects.without_history("test users").update(language="bn")
        cls.looked_at: dict[str, bool] = {}
        cls.data = [(value, value.lower()) for value in sorted(cls.stored_words(), key=len, reverse=True)]

    @classmethod
    def stored_words(cls) -> set[str]:
        """The values of rows are data and may be English, except the values of choices, which are shown by their
        label."""
        found: set[str] = set()
        for model in apps.get_models():
            name = model.__name__
            fields = [
                field.attname
                for field in model._meta.concrete_fields
                if not field.choices and not field.is_relation and f"{name}.{field.name}" not in cls.UNSEEN
            ]
            for row in model._base_manager.values_list(*fields):
                for value in row:
                    found |= set(cls.texts(value))
        # The dashboard greets the user by their first name.
        found |= {user.get_short_name() for user in cls.people.values() if user.is_authenticated}
        return {value for value in found if LATIN_WORD.search(value)}

    @classmethod
    def texts(cls, value) -> Iterator[str]:
        """The texts in a stored value, whole and line by line, also those inside JSON and HTML."""
        if isinstance(value, dict | list):
            for part in value.values() if isinstance(value, dict) else value:
                yield from cls.texts(part)
        elif isinstance(value, str) and len(value) > 2:
            yield from (value, *value.splitlines(), *Spoken(value).parts)

    def left_over(self, html: str) -> set[str]:
        """The parts of a page with a Latin word that is not data; a part that many pages share is checked once."""
        parts = {" ".join(part.split()) for part in Spoken(html).parts}
        for part in parts - self.looked_at.keys():
            self.looked_at[part] = self.is_english(part)
        return {part for part in parts if self.looked_at[part]}

    def is_english(self, text: str) -> bool:
        """Whether words are left once data and ALIKE are removed, in either order."""
        if not LATIN_WORD.search(text) or text[:1] in "[{<":
            return False  # a stored list, object or HTML text is shown unchanged
        return all(
            LATIN_WORD.search(left)
            for left in (self.ALIKE.sub(" ", self.without_data(text)), self.without_data(self.ALIKE.sub(" ", text)))
        )

    def without_data(self, text: str) -> str:
        for value, lowered in self.data:
            if lowered in text.lower():
                text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", " ", text, flags=re.IGNORECASE)
        return text

    def pages(self, user) -> Iterator[str]:
        """The dashboard, the pages that belong to no screen, and of each screen the pages that `user` may open for its
        first row."""
        yield reverse("admin:index")
        yield reverse("admin:auth_group_changelist") + "9999/change/"
        yield reverse("admin:password_change")
        yield from (reverse(f"admin:{page.name}") for page in admin.site.pages if not page.pattern.regex.groups)
        for model, screen in admin.site._registry.items():
            options = model._meta
            row = model._base_manager.filter(rows_allowed(model, user, "view")).order_by("pk").first()
            for pattern in screen.get_urls():
                page = (pattern.name or "").removeprefix(f"{options.app_label}_{options.model_name}_")
                needs = {"changelist": "view", "add": "add", "import": "import", "export": "export"}.get(page)
                if needs and user.has_perm(f"{options.app_label}.{needs}_{options.model_name}"):
                    yield reverse(f"admin:{pattern.name}")
                elif page and not needs and row is not None and isinstance(pattern, URLPattern):
                    yield from self.addresses(pattern, screen, row)

    def addresses(self, pattern: URLPattern, screen: Screen, row: models.Model) -> Iterator[str]:
        """The pages of one row: one for each step."""
        history = getattr(row, "history", None)
        version = history.values_list("history_id", flat=True).first() if history is not None else 0
        names = list(pattern.pattern.converters)
        for step in list(screen.steps()) if "name" in names else [""]:
            known = {"name": step, "version_id": version or 0, "patient_id": self.alice.pk}
            with suppress(NoReverseMatch):
                yield reverse(f"admin:{pattern.name}", args=[known.get(name, row.pk) for name in names])

    def is_page(self, response) -> bool:
        return not response.streaming and response["Content-Type"].startswith("text/html")


class Data(Reading, TestCase):
    def test_data_does_not_hide_words_of_ours(self):
        """Proves that the test below finds an English page."""
        sentences = [entry.msgid for entry in stored("django") if LATIN_WORD.search(PLACEHOLDER.sub("", entry.msgid))]
        caught = [text for text in sentences if self.left_over(text)]
        self.assertGreater(len(caught) / len(sentences), 0.9)


@one_class_each("who", INSIDE)
class Pages(Reading):
    """Every page of every demo user."""

    who: str

    def test_no_english_is_left(self):
        left: dict[str, str] = {}
        seen, user = 0, self.people[self.who]
        client = Client()
        client.force_login(user, backend="shs.users.backends.EmailBackend")
        for url in self.pages(user):
            response = client.get(url)
            if self.is_page(response):
                seen += 1
                for text in self.left_over(response.content.decode()):
                    left.setdefault(text, url)
        self.assertEqual([f"{url}: {text}" for text, url in left.items()], [])
        self.assertGreater(seen, 50)


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
