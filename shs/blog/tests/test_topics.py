"""Tags, categories and specializations are deleted while nothing refers to them; else archived, or merged into another
one. Each of these can be undone."""

from datetime import timedelta

from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from shs.blog.models import BlogPost, Category, Tag
from shs.core.errors import StepRefused
from shs.core.records import merge as merging
from shs.core.records.references import InUse, delete
from shs.doctors.models import Clinic, DoctorSpecialization
from shs.testing import Api, TestUsers, publish_article


class Topics(TestUsers, TestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.category = Category.objects.get(slug="nutrition")
        cls.salt = publish_article(cls.carol, "Salt and pressure", tags=["Salt"], category=cls.category)
        cls.both = publish_article(cls.carol, "Salt again", tags=["Salt", "Slat"])
        cls.typo = publish_article(cls.carol, "Salt, mistyped", tags=["Slat"])
        cls.right, cls.wrong = Tag.objects.get(name="Salt"), Tag.objects.get(name="Slat")
        cls.unused = Tag.objects.create(name="Unused", slug="unused")

    def url(self, row, page: str, *more: str) -> str:
        return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{page}", args=(row.pk, *more))

    def found(self, **query: str) -> set[str]:
        return {item["title"] for item in Api().get("/blogs/", **query).json()["items"]}

    def merge(self) -> merging.Relinked:
        done = merging.merge(self.wrong, self.right, by=self.henry, reason="mistyped", now=timezone.now())
        self.right.refresh_from_db()
        return done

    def tags_of(self, post: BlogPost) -> set[str]:
        return set(post.tags.values_list("name", flat=True))


class Deleting(Topics):
    def test_what_nothing_refers_to_is_deleted_and_can_be_restored_by_who_deleted_it(self):
        self.client.force_login(self.henry, backend="shs.users.backends.EmailBackend")
        gone = self.client.post(self.url(self.unused, "delete"), {"post": "yes"}, follow=True)
        undo = reverse("admin:restore", args=("blog", "tag", self.unused.pk))
        self.assertContains(gone, f'href="{undo}"')
        self.assertFalse(Tag.objects.filter(pk=self.unused.pk).exists())
        self.client.force_login(self.frank, backend="shs.users.backends.EmailBackend")
        self.assertEqual(self.client.post(undo).status_code, 404)
        self.client.force_login(self.henry, backend="shs.users.backends.EmailBackend")
        self.assertContains(self.client.get(undo), "Unused")
        self.client.post(undo)
        self.assertEqual(Tag.objects.get(pk=self.unused.pk).slug, "unused")
        self.assertEqual(list(self.unused.history.values_list("history_type", flat=True)), ["+", "-", "+"])
        self.assertEqual(self.client.post(undo).status_code, 404)

    def test_a_row_in_use_is_kept_with_a_sentence_that_says_by_what(self):
        self.client.force_login(self.henry, backend="shs.users.backends.EmailBackend")
        answer = self.client.post(self.url(self.right, "delete"), {"post": "yes"}, follow=True)
        self.assertContains(answer, "2 articles use this tag: merge it into another, or archive it.")
        self.client.force_login(self.frank, backend="shs.users.backends.EmailBackend")
        specialty = DoctorSpecialization.objects.get(slug="cardiology")
        answer = self.client.get(self.url(specialty, "delete"), follow=True)
        self.assertContains(answer, "use this specialization: merge it into another, or archive it.")
        with self.assertRaisesMessage(InUse, "1 access grant"):
            delete(self.clinic)
        self.assertTrue(Clinic.objects.filter(pk=self.clinic.pk).exists())

    def test_only_those_who_may_delete_can(self):
        for user in (self.carol, self.irene, self.erin):
            self.client.force_login(user, backend="shs.users.backends.EmailBackend")
            self.assertIn(self.client.post(self.url(self.unused, "delete"), {"post": "yes"}).status_code, {403, 404})
        self.assertTrue(Tag.objects.filter(pk=self.unused.pk).exists())


class Archiving(Topics):
    def test_an_archived_row_stays_where_it_is_and_is_offered_to_nobody(self):
        now = timezone.now()
        self.right.archive(reason="not used", now=now)
        self.category.archive(reason="not used", now=now)
        self.assertNotIn("nutrition", {row["slug"] for row in Api().get("/blogs/categories").json()})
        self.assertEqual(self.found(tag="salt"), {"Salt and pressure", "Salt again"})
        api = Api(self.carol)
        kept = {"title": "Salt and pressure", "content": "<p>New</p>", "category": "nutrition", "tags": ["Salt"]}
        self.assertEqual(api.put(f"/blogs/{self.salt.pk}", kept).status_code, 200)
        for field, value in (("tags", ["Salt"]), ("category", "nutrition")):
            answer = api.post("/blogs/", {"title": "New", "content": "<p>Text</p>", field: value})
            self.assertEqual(answer.status_code, 422, answer.content)
        with self.assertRaises(StepRefused):
            self.right.archive(reason="again", now=now)
        self.right.unarchive(reason="used again")
        self.assertFalse(Tag.objects.get(pk=self.right.pk).is_archived)

    def test_a_form_offers_archived_rows_only_where_they_are_in_use(self):
        self.category.archive(reason="not used", now=timezone.now())
        self.client.force_login(self.carol, backend="shs.users.backends.EmailBackend")
        self.assertContains(self.client.get(self.url(self.salt, "change")), f'value="{self.category.pk}" selected')
        for url in (self.url(self.both, "change"), reverse("admin:blog_blogpost_add")):
            # Not by the text of the page: another select may have an option with the same number.
            offered = self.client.get(url).context["adminform"].form.fields["category"].queryset
            self.assertNotIn(self.category, offered)


class Merging(Topics):
    def test_a_merge_is_shown_before_it_is_made_and_undone_as_it_was(self):
        self.client.force_login(self.henry, backend="shs.users.backends.EmailBackend")
        url = self.url(self.wrong, "step", "merge")
        typed = {"into": self.right.pk, "reason": "mistyped"}
        shown = self.client.post(url, typed)
        self.assertContains(shown, "2 articles")
        self.assertContains(shown, "Salt, mistyped")
        self.assertEqual(self.tags_of(self.typo), {"Slat"})
        self.client.post(url, {**typed, "seen": self.right.pk})
        self.assertEqual([self.tags_of(post) for post in (self.salt, self.both, self.typo)], [{"Salt"}] * 3)
        self.assertEqual(self.typo.history.first().history_change_reason, "mistyped")
        everything = {"Salt and pressure", "Salt again", "Salt, mistyped"}
        self.assertEqual(self.found(tag="slat"), everything)
        self.assertEqual(self.found(tag="salt"), everything)
        page = self.client.get(self.url(self.wrong, "change"))
        self.assertContains(page, "Undo the merge")
        self.client.post(self.url(self.wrong, "step", "undo_merge"))
        self.assertEqual(self.tags_of(self.typo), {"Slat"})
        self.assertEqual(self.tags_of(self.both), {"Salt", "Slat"})
        self.assertEqual(self.tags_of(self.salt), {"Salt"})
        self.wrong.refresh_from_db()
        self.assertFalse(self.wrong.is_archived)

    def test_undoing_leaves_what_was_changed_since_and_says_so(self):
        self.merge()
        self.typo.tags.set([self.unused])
        done = merging.undo(self.wrong, by=self.henry, reason="undone", now=timezone.now())
        self.assertEqual((done.count, done.left), (1, 1))
        self.assertEqual(self.tags_of(self.typo), {"Unused"})

    def test_a_merge_is_undone_through_the_merge_that_followed_it(self):
        self.merge()
        merging.merge(self.right, self.unused, by=self.henry, reason="one topic", now=timezone.now())
        self.wrong.refresh_from_db()
        self.assertEqual(self.wrong.merged_into, self.unused)
        self.assertEqual(self.found(tag="slat"), {"Salt and pressure", "Salt again", "Salt, mistyped"})
        merging.undo(self.wrong, by=self.henry, reason="undone", now=timezone.now())
        self.assertEqual(self.tags_of(self.typo), {"Slat"})

    def test_what_cannot_be_merged_or_undone_is_refused(self):
        now = timezone.now()
        self.merge()
        for row, into in ((self.wrong, self.unused), (self.unused, self.wrong), (self.unused, self.unused)):
            with self.assertRaises(StepRefused):
                merging.merge(row, into, by=self.henry, reason="again", now=now)
        with self.assertRaises(StepRefused):
            self.wrong.unarchive(reason="not so")
        with self.assertRaises(StepRefused):
            merging.undo(self.wrong, by=self.henry, reason="too late", now=now + timedelta(days=31))
        with self.assertRaises(InUse):
            delete(self.right)

    def test_a_merged_category_is_found_by_its_old_name_when_an_article_is_written(self):
        other = Category.objects.create(name="Eating", slug="eating")
        done = merging.merge(self.category, other, by=self.henry, reason="one", now=timezone.now())
        self.assertEqual(done.keys[BlogPost], [self.salt.pk])
        self.salt.refresh_from_db()
        self.assertEqual(self.salt.category, other)
        self.assertEqual(list(self.salt.history.first().tags.values_list("tag__name", flat=True)), ["Salt"])
        self.assertEqual(self.found(category="nutrition"), {"Salt and pressure"})
        answer = Api(self.carol).post("/blogs/", {"title": "New", "content": "<p>A</p>", "category": "nutrition"})
        self.assertEqual(answer.json()["category"]["slug"], "eating")
