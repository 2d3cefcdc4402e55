from datetime import timedelta

from django.core import mail
from django.test import TestCase
from django.utils import timezone

from shs.blog import services
from shs.blog.errors import ChangedMeanwhile
from shs.blog.models import BlogPost, PostStatus
from shs.testing import Api, EveryModel, later, sending

TEXT = {"title": "Dengue", "content": "<p>Drink plenty.</p>"}


class Writing(EveryModel, TestCase):
    def test_a_verified_doctor_saves_a_draft_or_submits_it_for_review(self):
        for submit, status in ((False, "draft"), (True, "in_review")):
            answer = Api(self.carol).post("/blogs/", {**TEXT, "category": "infections", "submit": submit})
            self.assertEqual(answer.status_code, 201, answer.content)
            self.assertEqual(answer.json()["status"], status)
            self.assertEqual(answer.json()["category"]["slug"], "infections")

    def test_other_users_cannot_write_articles(self):
        for user, status in ((self.dave, 403), (self.alice, 403), (self.frank, 403), (None, 401)):
            self.assertEqual(Api(user).post("/blogs/", {**TEXT, "tags": ["New"]}).status_code, status)
        self.assertFalse(BlogPost.objects.filter(title="Dengue").exists())

    def test_the_stored_html_is_sanitized(self):
        sent = {**TEXT, "content": "<p onclick=x>Drink.</p><script>alert(1)</script>"}
        self.assertEqual(Api(self.carol).post("/blogs/", sent).json()["content"], "<p>Drink.</p>")

    def test_a_text_that_is_empty_after_sanitizing_is_refused(self):
        answer = Api(self.carol).post("/blogs/", {**TEXT, "content": "<script>alert(1)</script>"})
        self.assertEqual(answer.status_code, 422)
        self.assertEqual(answer.json()["errors"][0]["field"], "content")

    def test_an_unknown_category_is_refused(self):
        answer = Api(self.carol).post("/blogs/", {**TEXT, "category": "no such"})
        self.assertEqual((answer.status_code, answer.json()["errors"][0]["field"]), (422, "category"))

    def test_the_slug_is_unique_and_does_not_change(self):
        first, second = (Api(self.carol).post("/blogs/", TEXT).json() for _ in range(2))
        self.assertEqual(first["slug"], "dengue")
        self.assertNotEqual(second["slug"], "dengue")
        changed = Api(self.carol).put(f"/blogs/{first['id']}", {**TEXT, "title": "Malaria"}).json()
        self.assertEqual((changed["title"], changed["slug"]), ("Malaria", "dengue"))

    def test_a_doctor_cannot_change_articles_of_others(self):
        self.assertEqual(Api(self.wendy).put(f"/blogs/{self.article.pk}", TEXT).status_code, 404)
        self.assertEqual(Api(self.wendy).delete(f"/blogs/{self.article.pk}").status_code, 404)

    def test_an_unverified_doctor_cannot_edit_and_published_articles_stay(self):
        self.dr_carol.suspend(reason="a complaint", now=timezone.now())
        self.assertIn(Api(self.carol).put(f"/blogs/{self.article.pk}", TEXT).status_code, {403, 404})
        self.assertEqual(Api().get(f"/blogs/{self.article.pk}").status_code, 200)
        self.assertEqual(Api(self.carol).delete(f"/blogs/{self.article.pk}").status_code, 204)

    def test_drafts_are_deleted_and_published_articles_withdrawn(self):
        for post in (self.draft, self.article):
            self.assertEqual(Api(self.carol).delete(f"/blogs/{post.pk}").status_code, 204)
        self.assertFalse(BlogPost.objects.filter(pk=self.draft.pk).exists())
        self.article.refresh_from_db()
        self.assertEqual(self.article.status, PostStatus.WITHDRAWN)
        self.assertEqual(Api().get(f"/blogs/{self.article.pk}").status_code, 404)
        self.assertEqual(Api(self.carol).delete(f"/blogs/{self.article.pk}").status_code, 409)


class Reviewing(EveryModel, TestCase):
    def send_in(self) -> BlogPost:
        return services.write(user=self.carol, **TEXT, submit=True, now=timezone.now())

    def edit(self) -> BlogPost:
        """Carol's published article with an edit that waits for review."""
        answer = Api(self.carol).put(f"/blogs/{self.article.pk}", {"title": "Cleaner hands", "content": "<p>New</p>"})
        self.assertEqual(answer.json()["status"], "in_review")
        return BlogPost.objects.get(pk=self.article.pk)

    def test_an_approved_article_is_public_with_its_reviewer(self):
        post = self.send_in()
        self.assertEqual(Api().get(f"/blogs/{post.pk}").status_code, 404)
        services.publish(post=post, by=self.henry, now=timezone.now())
        found = Api().get(f"/blogs/{post.pk}").json()
        self.assertEqual((found["title"], found["reviewed_by"]), ("Dengue", self.henry.name))
        self.assertEqual(found["author"], {"id": self.dr_carol.pk, "name": "Dr. Carol", "specialty": "Cardiology"})
        self.assertEqual(found["excerpt"], "Drink plenty.")

    def test_the_published_text_stays_visible_while_an_edit_waits(self):
        post = self.edit()
        self.assertEqual(Api().get(f"/blogs/{post.pk}").json()["title"], "Clean hands")
        own = Api(self.carol).get(f"/blogs/{post.pk}").json()
        self.assertEqual((own["title"], own["draft"]["title"]), ("Clean hands", "Cleaner hands"))
        services.publish(post=post, by=self.henry, now=timezone.now())
        self.assertEqual(Api().get(f"/blogs/{post.pk}").json()["title"], "Cleaner hands")

    def test_after_a_rejected_edit_the_published_text_stays(self):
        post = self.edit()
        with sending():
            services.reject(post=post, by=self.henry, reason="Where is that from?", now=timezone.now())
        self.assertEqual((post.status, post.title), (PostStatus.PUBLISHED, "Clean hands"))
        self.assertIn("Where is that from?", mail.outbox[0].body)
        self.assertEqual(mail.outbox[0].to, [self.carol.email])

    def test_a_rejected_article_cannot_be_edited(self):
        post = self.send_in()
        services.reject(post=post, by=self.henry, reason="advertising", now=timezone.now())
        answer = Api(self.carol).put(f"/blogs/{post.pk}", {**TEXT, "submit": True})
        self.assertEqual(answer.status_code, 409)

    def test_after_requested_changes_the_author_submits_it_again(self):
        post = self.send_in()
        services.request_changes(post=post, by=self.henry, reason="Name the dose.", now=timezone.now())
        self.assertEqual(Api(self.carol).get(f"/blogs/{post.pk}").json()["review_note"], "Name the dose.")
        answer = Api(self.carol).put(f"/blogs/{post.pk}", {**TEXT, "content": "<p>500 mg</p>", "submit": True})
        self.assertEqual((answer.json()["status"], answer.json()["review_note"]), ("in_review", ""))

    def test_a_text_that_changed_after_the_reviewer_opened_it_is_not_published(self):
        post = self.send_in()
        seen = post.version
        with later(minutes=1):
            Api(self.carol).put(f"/blogs/{post.pk}", {**TEXT, "content": "<p>Drink bleach.</p>"})
        with self.assertRaises(ChangedMeanwhile):
            services.publish(post=post, by=self.henry, now=timezone.now(), seen=seen)
        self.assertEqual(Api().get(f"/blogs/{post.pk}").status_code, 404)

    def test_an_article_of_an_unverified_author_is_not_published(self):
        post = self.send_in()
        self.dr_carol.suspend(reason="a complaint", now=timezone.now())
        url = f"/admin/blog/blogpost/{post.pk}/step/publish/"
        self.client.force_login(self.henry, backend="shs.users.backends.EmailBackend")
        self.assertContains(self.client.post(url, {"note": ""}), "no longer verified")
        post.refresh_from_db()
        self.assertEqual(post.status, PostStatus.IN_REVIEW)

    def test_every_decision_is_in_the_history_with_user_and_reason(self):
        post = self.send_in()
        self.client.force_login(self.henry, backend="shs.users.backends.EmailBackend")
        self.client.post(f"/admin/blog/blogpost/{post.pk}/step/reject/", {"reason": "advertising"})
        line = post.history.latest()
        self.assertEqual((line.status, line.history_change_reason), ("rejected", "advertising"))
        self.assertEqual(line.history_user, self.henry)

    def test_a_muted_author_can_write_drafts_but_not_submit_them(self):
        self.carol.mute(until=timezone.now() + timedelta(days=3), reason="spam")
        self.assertEqual(Api(self.carol).post("/blogs/", TEXT).status_code, 201)
        answer = Api(self.carol).post("/blogs/", {**TEXT, "submit": True})
        self.assertEqual(answer.status_code, 403)
        self.assertIn("until", answer.json()["detail"])
        self.assertEqual(Api(self.carol).put(f"/blogs/{self.article.pk}", TEXT).status_code, 403)
        self.article.refresh_from_db()
        self.assertEqual(self.article.title, "Clean hands")
