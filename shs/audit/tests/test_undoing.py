"""The page of what was merged and deleted, with Undo."""

from datetime import time

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from shs.blog.models import Category, Tag
from shs.core.records.merge import merge
from shs.doctors.models import DoctorAvailability, DoctorSpecialization, SpecialtyAlias
from shs.testing import TestUsers

URL = "/admin/undo/"


class Undoing(TestUsers, TestCase):
    def log_in(self, user):
        self.client.force_login(user, backend="shs.users.backends.EmailBackend")

    def merged(self, number: int) -> Tag:
        one = Tag.objects.create(name=f"Fitness {number}", slug=f"fitness-{number}")
        other = Tag.objects.create(name=f"Exercise {number}", slug=f"exercise-{number}")
        merge(one, other, by=self.henry, reason="the same", now=timezone.now())
        return one

    def delete(self, row) -> None:
        kind = f"{row._meta.app_label}_{row._meta.model_name}"
        self.client.post(reverse(f"admin:{kind}_delete", args=(row.pk,)), {"post": "yes"})

    def test_merges_and_own_deletions_are_listed_until_they_are_undone(self):
        self.log_in(self.henry)
        tag, gone = self.merged(1), Category.objects.create(name="Sleep", slug="sleep")
        self.delete(gone)
        page = self.client.get(URL)
        self.assertContains(page, "Fitness 1 → Exercise 1")
        undo_merge = reverse("admin:blog_tag_step", args=(tag.pk, "undo_merge"))
        restore = reverse("admin:restore", args=("blog", "category", gone.pk))
        self.assertContains(page, undo_merge)
        self.assertContains(page, restore)
        self.log_in(self.frank)  # sees what another has deleted, and cannot undo it
        page = self.client.get(URL)
        self.assertContains(page, "Sleep")
        self.assertContains(page, undo_merge)
        self.assertNotContains(page, restore)
        self.log_in(self.henry)
        self.client.post(undo_merge)
        self.client.post(restore)
        page = self.client.get(URL)
        self.assertContains(page, "Nothing was merged")
        self.assertContains(page, "Nothing was deleted")
        self.assertEqual(self.client.get(restore).status_code, 404)

    def test_what_was_deleted_with_a_row_returns_with_it_and_is_not_listed(self):
        self.log_in(self.frank)
        specialty = DoctorSpecialization.objects.create(name="Sports Medicine", slug="sports-medicine")
        for name in ("sports doctor", "খেলা"):
            SpecialtyAlias.objects.create(specialization=specialty, name=name)
        self.delete(specialty)
        hours = DoctorAvailability.objects.create(doctor=self.dr_carol, weekday=6, start=time(8), end=time(9))
        self.delete(hours)
        self.assertFalse(SpecialtyAlias.objects.filter(name="sports doctor").exists())
        page = self.client.get(URL)
        self.assertCountEqual(
            [(row.kind, row.name) for row in page.context["parts"][1][1]],
            [("Working hours", "Dr. Carol"), ("Specialization", "Sports Medicine")],
        )
        self.client.post(reverse("admin:restore", args=("doctors", "doctorspecialization", specialty.pk)))
        self.assertEqual(SpecialtyAlias.objects.filter(specialization=specialty.pk).count(), 2)
        self.delete(SpecialtyAlias.objects.get(name="sports doctor"))  # by itself, it is listed
        self.assertContains(self.client.get(URL), "sports doctor")

    def test_others_see_nothing_of_it_and_it_is_linked_for_those_who_may(self):
        self.log_in(self.henry)
        self.merged(1)
        self.delete(Category.objects.create(name="Sleep", slug="sleep"))
        self.assertContains(self.client.get(reverse("admin:all_pages")), URL)
        for user in (self.erin, self.irene, self.carol):
            self.log_in(user)
            page = self.client.get(URL)
            self.assertNotContains(page, "Fitness")
            self.assertNotContains(page, "Sleep")

    def test_many_rows_take_as_many_queries_as_one(self):
        self.log_in(self.henry)
        numbers = []
        for number in (1, 2, 3):
            self.merged(number)
            self.delete(Category.objects.create(name=f"Sleep {number}", slug=f"sleep-{number}"))
            self.client.get(URL)
            with CaptureQueriesContext(connection) as queries:
                self.client.get(URL)
            numbers.append(len(queries))
        self.assertEqual(len(set(numbers)), 1, numbers)
        self.assertLessEqual(numbers[0], 12)
