"""No name or title that people write holds an invisible character, whatever the model, the schema or the form."""

import re
from collections.abc import Iterator
from importlib import import_module

from django import forms
from django.apps import apps
from django.contrib import admin
from django.core.exceptions import ValidationError as NotValid
from django.db import models
from django.test import Client, SimpleTestCase, TestCase
from django.urls import get_resolver, reverse
from pydantic import TypeAdapter, ValidationError

from shs.blog.models import BlogPost, Tag
from shs.core.types import In
from shs.medical_record.models import MedicalRecord
from shs.testing import Api, TestUsers

NAMES = re.compile("(^|_)(name|title)(_[a-z]{2})?$|^tags$")
HOSTILE = ["\u200b", "\u3164\u3164", "\u202eabc", "first\nsecond", "Al\u200bice", "\u2800", "…", "\u2066x\u2069 y"]
RIGHT = ["Tanvir Rahman", "ক্\u200dষ রহমান", "Unknown patient 3", "Vitamin B12", "Café", "名前"]

NOT_WRITTEN = {
    "core.JobRun.name": "names of jobs in the code",
    "core.JobLease.name": "names of jobs in the code",
    "core.LimitCount.name": "names of limits in the code",
    "blog.BlogPost.published_title": "a copy of the title",
    "credentialing.DoctorDocument.original_name": "the name of an uploaded file, cleaned when it is stored",
}
"""Fields that neither the office nor the API accepts."""


def written() -> Iterator[tuple[str, models.Field]]:
    """Each field of a model that is a name or a title."""
    for model in apps.get_models():
        if not model.__module__.startswith("shs.") or hasattr(model, "history_id"):
            continue
        for field in model._meta.concrete_fields:
            is_text = isinstance(field, models.CharField | models.TextField) and not field.choices
            if is_text and NAMES.search(field.name):
                yield f"{model._meta.label}.{field.name}", field


def schemas(base: type[In] = In) -> Iterator[type[In]]:
    for schema in base.__subclasses__():
        yield schema
        yield from schemas(schema)


def all_forms(base: type[forms.BaseForm] = forms.BaseForm) -> Iterator[type[forms.BaseForm]]:
    for form in base.__subclasses__():
        if form.__module__.startswith("shs."):
            yield form
        yield from all_forms(form)


def takes(field: models.Field | forms.Field, value: str) -> bool:
    try:
        field.run_validators(value)
    except NotValid:
        return False
    return True


class Generated(SimpleTestCase):
    def test_every_field_of_a_model_refuses_invisible_names(self):
        found = dict(written())
        self.assertGreater(len(found), 20)
        self.assertEqual(set(NOT_WRITTEN) - set(found), set(), "These fields are gone.")
        for label, field in found.items():
            if label in NOT_WRITTEN:
                continue
            with self.subTest(field=label):
                taken = [value for value in HOSTILE if takes(field, value)]
                self.assertEqual(taken, [], "Make it a NameField (shs/core/records/values.py).")
                self.assertEqual([value for value in RIGHT if not takes(field, value)], [])

    def test_a_new_field_without_the_rule_would_be_found(self):
        self.assertTrue(all(takes(models.CharField(max_length=80), value) for value in HOSTILE))

    def test_every_input_of_the_api_refuses_them(self):
        import_module("shs.api")
        tried = 0
        for schema in schemas():
            for name, info in schema.model_fields.items():
                if not NAMES.search(name):
                    continue
                adapter = TypeAdapter(schema)
                for value in HOSTILE:
                    with self.subTest(schema=schema.__name__, field=name, value=value):
                        places = self.refused(adapter, {name: [value] if "list" in str(info.annotation) else value})
                        self.assertIn((name, "value"), places, "Make it a Title (shs/core/types.py).")
                        tried += 1
        self.assertGreater(tried, 40)

    def refused(self, adapter: TypeAdapter, body: dict[str, object]) -> set[tuple[object, str]]:
        """Which fields of a body are refused, and by which kind of rule."""
        try:
            adapter.validate_python(body)
        except ValidationError as error:
            return {(fault["loc"][0] if fault["loc"] else "", fault["type"]) for fault in error.errors()}
        return set()

    def test_every_form_with_a_field_of_its_own_refuses_them(self):
        get_resolver().url_patterns  # noqa: B018  (imports all pages)
        tried = 0
        for form in all_forms():
            for name, field in getattr(form, "declared_fields", {}).items():
                if not NAMES.search(name) or not isinstance(field, forms.CharField):
                    continue
                with self.subTest(form=form.__name__, field=name):
                    self.assertEqual([value for value in HOSTILE if takes(field, value)], [], "validators=[…]")
                    tried += 1
        self.assertGreater(tried, 2)


class Requests(TestUsers, TestCase):
    """Some hostile names, sent by requests."""

    def test_the_api_refuses_them(self):
        doctor = Api(self.carol)
        for value in HOSTILE:
            with self.subTest(value=value):
                post = {"title": value, "content": "<p>Wash your hands.</p>"}
                self.assertEqual(doctor.post("/blogs/", post).status_code, 422)
                post = {"title": "Hands", "content": "<p>Wash your hands.</p>", "tags": [value]}
                self.assertEqual(doctor.post("/blogs/", post).status_code, 422)
                entry = {"patient": self.alice.pk, "kind": "note", "title": value}
                self.assertEqual(Api(self.alice).post("/medical-records/", entry).status_code, 422)
        self.assertFalse(BlogPost.objects.exists() or Tag.objects.exists() or MedicalRecord.objects.exists())

    def test_the_office_refuses_them_on_every_page_that_adds_a_row(self):
        tried = set()
        for person in ("frank", "carol", "grace", "henry"):
            client = Client()
            client.force_login(self.people[person], backend="shs.users.backends.EmailBackend")
            for label, field in written():
                meta = field.model._meta
                if field.model not in admin.site._registry:
                    continue
                page = reverse(f"admin:{meta.app_label}_{meta.model_name}_add")
                answer = client.get(page)
                if answer.status_code != 200 or field.name not in answer.context["adminform"].form.fields:
                    continue
                with self.subTest(field=label, person=person):
                    given = {"name": "A name", "title": "A title", field.name: "a\u202eb"}
                    faults = client.post(page, given).context["adminform"].form.errors
                    self.assertIn("invisible", str(faults.get(field.name)))
                    tried.add(label)
        self.assertGreater(len(tried), 8)
