"""One style of dates on every page, `28 Nov 2026, 20:45`; forms never read the month first."""

import re
from datetime import date

from django import forms
from django.contrib import admin
from django.db.models import DateField, Model
from django.test import Client, RequestFactory, SimpleTestCase, TestCase, tag
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import override
from import_export.widgets import DateWidget
from unfold.utils import parse_date_str

from shs.core.admin.importing import _read_digits
from shs.core.grants.table import rows_allowed
from shs.testing import EveryModel
from shs.tests.spoken import spoken
from shs.users.models import Role, User

MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
LONG_MONTHS = "January|February|March|April|June|July|August|September|October|November|December"
OTHER_STYLES = re.compile(
    rf"[ap]\.m\.|\b(midnight|noon)\b|\b({MONTHS}|Sept)\.? \d{{1,2}}\b|\b\d{{1,2}} ({LONG_MONTHS})\b|"
    r"\b\d{4}-\d{2}-\d{2}\b|\d{2}:\d{2}:\d{2}|[+-]\d{2}:?\d{2}\b(?!\d)(?<=\d[+-]\d\d:\d\d)|\bUTC\b"
)
OUR_STYLE = re.compile(rf"\b\d{{1,2}} ({MONTHS}) \d{{4}}(, \d{{2}}:\d{{2}})?\b")


class Formats(SimpleTestCase):
    def test_the_other_styles_are_recognised(self):
        for text in [
            "Dec. 11, 2026, midnight",
            "Nov. 28",
            "8:45 p.m.",
            "2026-11-28 20:45",
            "28 November 2026",
            "20:45:10",
            "20:45+06:00",
            "14:45 UTC",
        ]:
            with self.subTest(text):
                self.assertRegex(text, OTHER_STYLES)
        for text in ["28 Nov 2026", "Sat 28 Nov 2026, 20:45", "APT-20261128-K7QX2M", "10:00–12:30"]:
            with self.subTest(text):
                self.assertNotRegex(text, OTHER_STYLES)

    def test_forms_and_filters_read_the_day_first_or_iso_and_never_the_month_first(self):
        for language in ("en", "bn"):
            with override(language):
                field = forms.DateField(localize=True)
                for text in ("28/11/2026", "2026-11-28"):
                    self.assertEqual(field.clean(text), date(2026, 11, 28))
                    self.assertEqual(parse_date_str(text), date(2026, 11, 28))
                self.assertEqual(field.clean("05/06/2026"), date(2026, 6, 5))
                self.assertEqual(parse_date_str("05/06/2026"), date(2026, 6, 5))
                with self.assertRaises(forms.ValidationError):
                    field.clean("11/28/2026")
                self.assertIsNone(parse_date_str("11/28/2026"))


class DateInputs(SimpleTestCase):
    """Every field of the office and every column of an import that takes a date."""

    DAY = date(2026, 6, 5)
    WAYS = ("05/06/2026", "5/6/2026", "2026-06-05", "০৫/০৬/২০২৬", "05-06-2026")

    def fields(self):
        """(where, field) of the forms of all screens and steps."""
        request = RequestFactory().get("/admin/")
        request.user = User(role=Role.ADMIN)
        for model, screen in admin.site._registry.items():
            for field in model._meta.concrete_fields:
                if isinstance(field, DateField) and field.editable:
                    yield f"{model._meta.label}.{field.name}", screen.formfield_for_dbfield(field, request)
        forms_of_steps = {step.form for screen in admin.site._registry.values() for step in screen.steps().values()}
        for form in forms_of_steps:
            for name, field in form.base_fields.items():
                if isinstance(field, (forms.DateField, forms.MultiValueField)):
                    yield f"{form.__name__}.{name}", field

    def test_each_field_reads_the_day_first_or_iso_in_both_languages_and_shows_how(self):
        seen = 0
        for where, field in self.fields():
            for language, how in (("en", "dd/mm/yyyy"), ("bn", "দিন/মাস/বছর")):
                with self.subTest(where, language=language), override(language):
                    is_instant = isinstance(field, forms.MultiValueField)
                    one, two = (field.fields[0], field.widget.widgets[0]) if is_instant else (field, field.widget)
                    self.assertIn(how, str(two.attrs.get("placeholder")))
                    for text in self.WAYS[: 4 if is_instant else 5]:
                        typed = [text, "10:00"] if is_instant else text
                        read = field.to_python(typed) if not is_instant else field.clean(typed)
                        self.assertEqual(timezone.localtime(read).date() if is_instant else read, self.DAY, text)
                    with self.assertRaises(forms.ValidationError):
                        one.to_python("11/28/2026")
            seen += 1
        self.assertGreater(seen, 15)

    def test_each_column_of_an_import_reads_the_same(self):
        seen = 0
        for screen in admin.site._registry.values():
            for resource in getattr(screen, "resource_classes", []):
                for name, column in resource.fields.items():
                    if not isinstance(column.widget, DateWidget):
                        continue
                    for text in self.WAYS[:4]:
                        with self.subTest(resource.__name__, column=name, text=text), override("bn"):
                            cells = {column.column_name: text}
                            _read_digits(column, cells)
                            self.assertEqual(column.clean(cells), self.DAY)
                    with self.assertRaises(ValueError):
                        column.clean({column.column_name: "11/28/2026"})
                    seen += 1
        self.assertGreater(seen, 5)


@tag("any_database")
class Pages(EveryModel, TestCase):
    """Pages of an admin and of a doctor, with the first row of each list."""

    def addresses(self, user):
        yield reverse("admin:index")
        yield from (reverse(f"admin:{page.name}") for page in admin.site.pages if not page.pattern.regex.groups)
        yield reverse("admin:medical_record_medicalrecord_patient", args=[self.alice.pk])
        for model in admin.site._registry:
            row = model._base_manager.filter(rows_allowed(model, user, "view")).order_by("pk").first()
            yield from self.of(model, row)

    def of(self, model: type[Model], row: Model | None):
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{name}_changelist")
        if row is not None:
            yield reverse(f"{name}_change", args=[row.pk])
            try:
                yield reverse(f"{name}_history", args=[row.pk])
            except NoReverseMatch:
                return

    def test_no_page_shows_a_date_in_another_style(self):
        found: dict[str, set[str]] = {}
        in_our_style = 0
        for user in (self.frank, self.carol):
            client = Client()
            client.force_login(user, backend="shs.users.backends.EmailBackend")
            for address in self.addresses(user):
                response = client.get(address)
                if response.status_code != 200 or response.streaming or "html" not in response["Content-Type"]:
                    continue
                text = " | ".join(spoken(response.content.decode()))
                in_our_style += len(OUR_STYLE.findall(text))
                if other := {text[max(0, m.start() - 20) : m.end() + 20] for m in OTHER_STYLES.finditer(text)}:
                    found.setdefault(address, other)
        self.maxDiff = None
        self.assertEqual(found, {}, "Show it by shs.core.dates, or by the name of a format.")

        self.assertGreater(in_our_style, 50)
