"""The date range filter of every screen answers also to invalid dates."""

from django.contrib import admin
from django.test import TestCase
from django.urls import reverse

from shs.core.admin.changelist import RANGES
from shs.testing import TestUsers

ENDS = ("from", "to", "from_0", "from_1", "to_0", "to_1")

GOOD = ("2026-01-01", "2026-12-31", "2026-01-01", "08:00", "2026-12-31", "23:59")
EDGE = ("0001-01-01", "9999-12-31", "0001-01-01", "00:00", "9999-12-31", "23:59:59")


class Ranges(TestUsers, TestCase):
    def test_every_range_of_every_screen_answers(self):
        self.client.force_login(self.frank, backend="shs.users.backends.EmailBackend")
        found = 0
        for model, screen in admin.site._registry.items():
            if not self.frank.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}"):
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

    def test_the_end_of_a_range_reaches_no_other_field(self):
        self.client.force_login(self.frank, backend="shs.users.backends.EmailBackend")
        for name in ("password_from", "created_at_from_2", "token_version_to"):
            with self.subTest(name=name):
                self.assertEqual(self.client.get(reverse("admin:users_user_changelist"), {name: "1"}).status_code, 400)
