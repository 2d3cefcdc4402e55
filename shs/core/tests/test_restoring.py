"""Restoring a former version of a row."""

from datetime import datetime

from django.contrib import admin
from django.test import Client, RequestFactory, TestCase
from django.urls import reverse
from django.utils import timezone

from shs.core.admin.restoring import as_posted
from shs.doctors.models import Clinic
from shs.testing import EveryModel


class Restoring(EveryModel, TestCase):
    def setUp(self):
        self.client = self.browser(self.frank)
        self.clinic.city = "Khulna"
        self.clinic.save()
        self.first = self.clinic.history.earliest()

    def browser(self, user) -> Client:
        client = Client()
        client.force_login(user, backend="shs.users.backends.EmailBackend")
        return client

    def url(self, row, version) -> str:
        options = row._meta
        name = f"admin:{options.app_label}_{options.model_name}_simple_history"
        return reverse(name, args=(row.pk, version.history_id))

    def restore(self, client=None, **data):
        url = self.url(self.clinic, self.first)
        seen = Clinic.objects.get(pk=self.clinic.pk).updated_at.isoformat()
        return (client or self.client).post(url, {"reason": "typed by mistake", "seen": seen, **data})

    def city(self) -> str:
        return Clinic.objects.get(pk=self.clinic.pk).city

    def test_the_page_shows_what_would_change_and_the_version_is_restored_with_its_reason(self):
        page = self.client.get(self.url(self.clinic, self.first))
        self.assertEqual(page.context["restored"].fields, [("City", "Khulna", "Dhaka")])
        self.assertRedirects(self.restore(), reverse("admin:doctors_clinic_change", args=(self.clinic.pk,)))
        self.assertEqual(self.city(), "Dhaka")
        line = self.clinic.history.latest()
        self.assertIn("typed by mistake", line.history_change_reason)
        self.assertEqual(line.history_user, self.frank)
        self.assertIsNone(self.client.get(self.url(self.clinic, self.first)).context["restored"])

    def minute(self, value):
        """A time without its seconds, which a form may not keep."""
        if isinstance(value, datetime):
            return timezone.localtime(value).replace(second=0, microsecond=0)
        return set(value.all()) if hasattr(value, "all") else value

    def test_restoring_the_present_version_of_any_row_would_change_nothing(self):
        request = RequestFactory().get("/")
        request.user, checked = self.frank, 0
        for model, screen in admin.site._registry.items():
            for row in model._base_manager.all()[:3]:
                if not screen.may_restore(request, row):
                    continue
                form_class = screen.get_form(request, row, change=True)
                form = form_class(as_posted(form_class(instance=row)), instance=row)
                with self.subTest(row=repr(row)):
                    before = {name: self.minute(getattr(row, name)) for name in form.fields if hasattr(row, name)}
                    self.assertEqual(dict(form.errors), {})
                    after = {name: self.minute(getattr(form.instance, name)) for name in before}
                    self.assertEqual(after, before)
                    if version := row.history.first():
                        fresh = model._base_manager.get(pk=row.pk)
                        self.assertIsNone(screen.version_changes(request, fresh, version))
                checked += 1
        self.assertGreater(checked, 20)

    def test_it_needs_a_reason(self):
        self.assertContains(self.restore(reason=""), "This field is required")
        self.assertEqual(self.city(), "Khulna")

    def test_it_is_refused_if_somebody_has_saved_the_row_since(self):
        self.assertContains(self.restore(seen="2020-01-01T00:00:00+00:00"), "after you opened it")
        self.assertEqual(self.city(), "Khulna")

    def test_the_rules_of_the_form_hold(self):
        Clinic.history.filter(history_id=self.first.history_id).update(name="")
        self.assertContains(self.restore(), "This field is required")
        self.assertEqual(self.city(), "Khulna")

    def test_only_those_who_may_change_the_row_restore_it(self):
        for who in (self.erin, self.grace, self.irene, self.carol):
            self.assertIn(self.restore(self.browser(who)).status_code, {403, 404, 405})
            self.assertEqual(self.city(), "Khulna")

    def test_a_chart_is_never_restored(self):
        version = self.entry.history.first()
        for who in (self.frank, self.carol):
            self.assertIn(
                self.browser(who).post(self.url(self.entry, version), {"reason": "x"}).status_code, {404, 405}
            )
