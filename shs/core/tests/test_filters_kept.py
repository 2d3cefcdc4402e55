"""A tab, a filter and a search of a list keep each other, and what is on is shown."""

import re
from html import unescape

from django.test import Client, TestCase
from django.urls import reverse

from shs.doctors.models import Clinic, Verification
from shs.testing import EveryModel, make_doctor, make_user
from shs.users.models import Role

LIST = "admin:core_readlog_changelist"
ON = "?tab=this_month&basis__exact=own&q=alice"


class Kept(EveryModel, TestCase):
    def setUp(self):
        self.client = Client()
        self.client.force_login(self.irene, backend="shs.users.backends.EmailBackend")
        self.page = self.client.get(reverse(LIST) + ON)
        self.html = self.page.content.decode()

    def test_a_tab_keeps_filter_and_search(self):
        tabs = [unescape(url) for url in re.findall(r'<a href="([^"]+)" class="shs-tab', self.html)]
        self.assertIn("?tab=last_month&basis__exact=own&q=alice", tabs)

    def test_the_forms_of_filters_and_search_keep_the_rest(self):
        for form, kept in (
            ("filter-form", {'name="tab" value="this_month"', 'name="q" value="alice"'}),
            ("changelist-search", {'name="tab" value="this_month"', 'name="basis__exact" value="own"'}),
        ):
            (inner,) = re.findall(rf'<form id="{form}".*?</form>', self.html, re.DOTALL)
            for field in kept:
                with self.subTest(form=form, field=field):
                    self.assertIn(field, inner)

    def test_clearing_the_filters_keeps_the_tab_and_the_search(self):
        self.assertEqual(self.page.context["cl"].clear_all_filters_qs, "?q=alice&tab=this_month")

    def test_what_is_on_is_shown_with_a_link_that_turns_it_off(self):
        chips = re.findall(r'class="shs-chip" href="([^"]+)"><span>([^<]+)<strong>([^<]+)', self.html)
        self.assertEqual(
            [(unescape(url), title.strip(), value) for url, title, value in chips],
            [
                ("?q=alice&tab=this_month", "Basis:", "own record"),
                ("?basis__exact=own&tab=this_month", "Search:", "alice"),
            ],
        )

    def test_a_person_is_named_only_to_those_who_may_see_them(self):
        query = f"?subject__id__exact={self.alice.pk}"
        self.assertContains(self.client.get(reverse(LIST) + query), "<strong>Alice</strong>")
        self.client.force_login(self.erin, backend="shs.users.backends.EmailBackend")
        hill = Clinic.objects.create(name="Hill Clinic", slug="hill-clinic", city="Sylhet")
        doctor = make_doctor(make_user("Dr. Hill", Role.DOCTOR), hill, status=Verification.PENDING)
        url = reverse("admin:appointment_appointment_changelist") + f"?doctor__id__exact={doctor.pk}"
        page = self.client.get(url)
        self.assertContains(page, "shs-chip")
        self.assertNotContains(page, "Dr. Hill")
