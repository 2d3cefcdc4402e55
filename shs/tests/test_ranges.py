"""The date range filters of every screen handle invalid dates."""

from datetime import datetime

from django.contrib import admin
from django.test import TestCase, tag
from django.urls import reverse
from django.utils import timezone

from shs.core.admin.changelist import RANGES
from shs.core.grants.table import may_ever
from shs.testing import TestUsers
from shs.users.models import User

ENDS = ("from", "to", "from_0", "from_1", "to_0", "to_1")

GOOD = ("2026-01-01", "2026-12-31", "2026-01-01", "08:00", "2026-12-31", "23:59")
EDGE = ("0001-01-01", "9999-12-31", "0001-01-01", "00:00", "9999-12-31", "23:59:59")


@tag("any_database")
class Ranges(TestUsers, TestCase):
    def test_every_range_of_every_screen_works(self):
        self.client.force_login(self.frank, backend="shs.users.backends.EmailBackend")
        found = 0
        for model, screen in admin.site._registry.items():
            if not may_ever(self.frank, model, "view"):
                continue
            for entry in screen.list_filter:
                name, kind = entry if isinstance(entry, tuple) else (entry, None)
                if not (isinstance(kind, type) and issubclass(kind, RANGES)):
                    continue
                found += 1
                page = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
                good = dict(zip(ENDS, GOOD, strict=True))
                edge = dict(zip(ENDS, EDGE, strict=True))
                ends = kind.expected_parameters(type("Named", (), {"parameter_name": name}))
                for values in (good, dict.fromkeys(ENDS, "nonsense"), dict.fromkeys(ENDS, "2026-99-99"), {}):
                    asked = {end: values.get(end.removeprefix(f"{name}_"), "") for end in ends}
                    with self.subTest(screen=model.__name__, asked=asked):
                        self.assertEqual(self.client.get(page, asked).status_code, 200)
                if any("_0" in end for end in ends):
                    asked = {end: edge[end.removeprefix(f"{name}_")] for end in ends}
                    with self.subTest(screen=model.__name__, asked=asked):
                        self.assertEqual(self.client.get(page, asked).status_code, 400)
        self.assertGreater(found, 5)

    def test_a_range_shows_the_date_format(self):
        self.client.force_login(self.frank, backend="shs.users.backends.EmailBackend")
        page = self.client.get(reverse("admin:users_user_changelist"))
        for words in ("Date from (dd/mm/yyyy)", "Date to (dd/mm/yyyy)", "Time (hh:mm)"):
            self.assertContains(page, f'placeholder="{words}"')
            self.assertContains(page, f'aria-label="{words}"')

    def test_a_date_without_time_is_the_whole_day_in_the_clinics_zone(self):
        self.client.force_login(self.frank, backend="shs.users.backends.EmailBackend")
        late = datetime(2026, 3, 5, 23, 40, tzinfo=timezone.get_default_timezone())
        User.objects.without_history("a date for the test").filter(pk=self.bob.pk).update(created_at=late)
        page = reverse("admin:users_user_changelist")
        for day, is_found in (("04/03/2026", False), ("05/03/2026", True), ("06/03/2026", False)):
            with self.subTest(day=day):
                found = self.client.get(page, {"created_at_from_0": day, "created_at_to_0": day})
                self.assertEqual(self.bob in found.context["cl"].result_list, is_found)

    def test_a_range_parameter_cannot_reach_another_field(self):
        self.client.force_login(self.frank, backend="shs.users.backends.EmailBackend")
        for name in ("password_from", "created_at_from_2", "token_version_to"):
            with self.subTest(name=name):
                self.assertEqual(self.client.get(reverse("admin:users_user_changelist"), {name: "1"}).status_code, 400)
