"""The name of a patient whose chart a doctor may read leads to the chart or the visit, on every page of the office, and
never to the page of the account."""

import re
from collections.abc import Iterator

from django.contrib import admin
from django.test import Client, TestCase, tag
from django.urls import reverse

from shs.core.admin.site import office
from shs.core.grants.table import may_some, rows_allowed
from shs.medical_record.permissions import may_read_chart
from shs.testing import EveryModel

ACCOUNT = re.compile(r'<a\b[^>]*href="/admin/users/user/(\d+)/change/[^"]*"[^>]*>(.*?)</a>', re.DOTALL)
ROWS = 3
"""So many rows of each model are opened."""


@tag("replay")
class Names(EveryModel, TestCase):
    def pages(self) -> Iterator[str]:
        """The pages of the office that Dr. Carol may open: pages without a row, each list, and rows of each model."""
        yield reverse("admin:index")
        for page in office.pages:
            if "<" not in str(page.pattern) and page.name not in ("second_factor", "second_factor_code"):
                yield reverse(f"admin:{page.name}")
        yield f"{reverse('admin:search')}?extended=1&s=alice"
        for model in admin.site._registry:
            label = f"{model._meta.app_label}_{model._meta.model_name}"
            if may_some(self.carol, model, "view"):
                yield f"{reverse(f'admin:{label}_changelist')}?tab=all"
                rows = model._base_manager.filter(rows_allowed(model, self.carol, "view")).order_by("-pk")[:ROWS]
                yield from (reverse(f"admin:{label}_change", args=(row.pk,)) for row in rows)
        yield reverse("admin:visit", args=(self.past_visit.pk,))

    def test_no_name_of_a_patient_leads_their_doctor_to_an_account(self):
        self.assertTrue(may_read_chart(self.carol, self.alice))
        client = Client()
        client.force_login(self.carol, backend="shs.users.backends.EmailBackend")
        opened = 0
        own = reverse("admin:users_user_change", args=(self.alice.pk,))
        for url in self.pages():
            if url == own:  # the account itself, whose heading leads to it
                continue
            answer = client.get(url)
            if answer.status_code != 200 or getattr(answer, "streaming", False):
                continue
            opened += 1
            with self.subTest(page=url):
                found = [text for pk, text in ACCOUNT.findall(answer.content.decode()) if int(pk) == self.alice.pk]
                self.assertEqual(found, [])
        self.assertGreater(opened, 30)

    def test_the_chart_is_reached_from_the_list_of_patients_the_search_and_a_visit(self):
        client = Client()
        client.force_login(self.carol, backend="shs.users.backends.EmailBackend")
        chart = reverse("admin:medical_record_medicalrecord_patient", args=(self.alice.pk,))
        visit = reverse("admin:appointment_appointment_change", args=(self.past_visit.pk,))
        for url in (reverse("admin:users_user_changelist"), f"{reverse('admin:search')}?extended=1&s=alice", visit):
            with self.subTest(page=url):
                self.assertContains(client.get(url), f'href="{chart}"')

    def test_visits_lead_to_their_page_on_my_day_in_the_list_and_in_the_search(self):
        client = Client()
        client.force_login(self.carol, backend="shs.users.backends.EmailBackend")
        page = reverse("admin:visit", args=(self.past_visit.pk,))
        found = f"{reverse('admin:search')}?extended=1&s={self.past_visit.number}"
        for url in (f"{reverse('admin:appointment_appointment_changelist')}?tab=all", found):
            with self.subTest(page=url):
                self.assertContains(client.get(url), f'href="{page}')
