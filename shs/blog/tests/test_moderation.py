from datetime import timedelta

import time_machine
from django.core import mail
from django.db import connection
from django.test import Client, TestCase, tag
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shs.blog import queue, services
from shs.blog.models import BlogPost, Comment, PostStatus, Report
from shs.doctors.models import DoctorInformation
from shs.testing import Api, EveryModel, make_user, sending
from shs.users.models import Role

PAGE, UNDO = "/admin/moderation/", "/admin/moderation/undo/"


class Moderation(EveryModel, TestCase):
    """The moderation queue with Carol's article in review, and Bob's comment and Alice's review, both reported."""

    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        now = timezone.now()
        cls.waiting = services.write(user=cls.carol, title="Fever", content="<p>Rest.</p>", submit=True, now=now)
        cls.review = cls.dr_carol.reviews.get()
        services.report(user=cls.bob, kind="review", object_id=cls.review.pk, reason="untrue", now=now)

    def setUp(self):
        self.client = self.sign_in(self.henry)

    def sign_in(self, user) -> Client:
        client = Client()
        client.force_login(user, backend="shs.users.backends.EmailBackend")
        return client

    def keys(self) -> dict[str, str]:
        """The key of each item in the queue, by kind."""
        return {item.head.kind: item.key for item in queue.items(queue.heads(self.henry))}

    def decide(self, decision: str, *kinds: str, reason: str = "because") -> str:
        keys = self.keys()
        data = {"decision": decision, "reason": reason, "items": [keys[kind] for kind in kinds]}
        return self.client.post(PAGE, data, follow=True).content.decode()


@tag("any_database")
class QueuePage(Moderation):
    def test_only_moderators_and_admins_can_open_it(self):
        for name, user in self.people.items():
            if user.is_authenticated and user.uses_back_office:
                with self.subTest(who=name):
                    expected = 200 if name in ("henry", "frank") else 403
                    self.assertEqual(self.sign_in(user).get(PAGE).status_code, expected)
                    if expected == 403:
                        self.assertEqual(self.sign_in(user).post(UNDO).status_code, 403)

    def test_an_item_shows_other_texts_of_its_author_and_their_status(self):
        comment = services.comment(post=self.article, user=self.carol, content="Drink enough.", now=timezone.now())
        comment.hide(reason="spam")
        page = self.client.get(PAGE)
        states = {card["title"]: [row[:2] for row in card["others"]["rows"]] for card in page.context["cards"]}
        self.assertIn(("Drink enough.", "Hidden"), states["Fever"])
        self.assertIn((str(self.article), "Published"), states["Fever"])
        self.assertContains(self.client.get(f"/admin/blog/blogpost/{self.waiting.pk}/change/"), "Drink enough.")

    def test_the_queue_is_one_list_with_the_oldest_first(self):
        heads = queue.heads(self.henry)
        self.assertEqual({head.kind for head in heads}, {"post", "comment", "review"})
        self.assertEqual([head.since for head in heads], sorted(head.since for head in heads))
        self.assertEqual(queue.count(self.henry), (3, heads[0].since))

    def test_it_shows_text_context_and_reports_but_no_email_address(self):
        page = self.client.get(PAGE).content.decode()
        for words in ("Buy my pills!", "advertising", "Clean hands", "She listens.", "4 of 5 for Dr. Carol", "Rest."):
            self.assertIn(words, page)
        self.assertIn("1 other item by this author", page)
        self.assertNotIn("@example.com", page.replace(self.henry.email, ""))

    def test_an_edit_is_shown_as_a_diff(self):
        now = timezone.now()
        changes = {"content": "<p>Wash your hands &amp; &lt;nails&gt;.</p>"}
        services.edit(post=self.article, user=self.carol, changes=changes, now=now)
        for path in (PAGE, f"/admin/blog/blogpost/{self.article.pk}/change/"):
            self.assertContains(self.client.get(path), "<ins>hands &amp; &lt;nails&gt;.</ins>")

    def test_thirty_items_need_no_more_queries(self):
        def count() -> int:
            with CaptureQueriesContext(connection) as caught:
                self.assertEqual(self.client.get(PAGE).status_code, 200)
            return len(caught)

        count()
        before, now = count(), timezone.now()
        for number in range(10):
            person = make_user(f"Person{number}", Role.PATIENT)
            said = services.comment(post=self.article, user=person, content=f"Word {number}", now=now)
            services.report(user=self.alice, kind="comment", object_id=said.pk, reason="rude", now=now)
            services.write(user=self.wendy, title=f"No. {number}", content="<p>x</p>", submit=True, now=now)
        self.assertEqual(count(), before)

    def test_invalid_query_strings_are_no_500(self):
        for query in ("?kind=x", "?p=x", "?p=-1", "?p=99999", "?kind=%F0%9F%92%89"):
            self.assertEqual(self.client.get(f"{PAGE}{query}").status_code, 200)

    def test_invalid_form_data_is_no_500(self):
        for items in (["x"], ["post:abc:"], ["post:99999999999999999999:"], [f"comment:{10**9}:"], ["answer:1:"], []):
            for decision in ("approve", "hide", "dismiss", "reject", "no such"):
                data = {"items": items, "decision": decision, "reason": "x"}
                self.assertIn(self.client.post(PAGE, data).status_code, {200, 302})
        self.assertEqual(self.client.get(UNDO).status_code, 405)

    def test_the_report_of_a_withdrawn_review_can_be_dismissed(self):
        Api(self.alice).delete(f"/doctors/{self.dr_carol.pk}/reviews/mine")
        self.assertContains(self.client.get(PAGE), "The author has deleted it.")
        self.decide("dismiss", "review")
        self.assertNotIn("review", self.keys())

    def test_dashboard_and_sidebar_show_the_same_count(self):
        page = self.client.get("/admin/").content.decode()
        self.assertIn('<strong class="shs-number">3</strong>', page)


class BulkDecisions(Moderation):
    def rating(self):
        return DoctorInformation.objects.values_list("rating", "rating_count").get(pk=self.dr_carol.pk)

    def test_hiding_a_reported_item_and_undoing_it(self):
        before = self.rating()
        with sending():
            page = self.decide("hide", "comment", "review", reason="not about health")
        self.assertIn("2 items hidden", page)
        self.assertEqual(set(self.keys()), {"post"})
        self.assertTrue(Comment.objects.get(pk=self.comment.pk).is_hidden)
        self.assertEqual(self.rating(), (0, 0))
        self.assertEqual({message.to[0] for message in mail.outbox}, {self.bob.email, self.alice.email})
        self.assertIn("not about health", mail.outbox[0].body)
        self.client.post(UNDO)
        self.assertEqual(set(self.keys()), {"post", "comment", "review"})
        self.assertFalse(Comment.objects.get(pk=self.comment.pk).is_hidden)
        self.assertEqual(self.rating(), before)

    def test_dismissing_reports_and_undoing_it(self):
        self.decide("dismiss", "comment")
        self.report.refresh_from_db()
        self.assertEqual((self.report.status, self.report.decision), ("dismissed", "because"))
        self.assertFalse(Comment.objects.get(pk=self.comment.pk).is_hidden)
        self.client.post(UNDO)
        self.report.refresh_from_db()
        self.assertEqual((self.report.status, self.report.decision), ("open", ""))

    def test_approving_and_undoing_it(self):
        self.decide("approve", "post", reason="")
        self.assertEqual(Api().get(f"/blogs/{self.waiting.pk}").status_code, 200)
        self.client.post(UNDO)
        self.assertEqual(Api().get(f"/blogs/{self.waiting.pk}").status_code, 404)
        self.waiting.refresh_from_db()
        self.assertEqual((self.waiting.status, self.waiting.published_at), (PostStatus.IN_REVIEW, None))
        self.assertIn("post", self.keys())

    def test_undoing_the_approval_of_an_edit_restores_the_old_text(self):
        services.edit(post=self.article, user=self.carol, changes={"title": "Dirty hands"}, now=timezone.now())
        key = next(i.key for i in queue.items(queue.heads(self.henry)) if i.row == self.article)
        self.client.post(PAGE, {"decision": "approve", "items": [key]})
        self.assertEqual(Api().get(f"/blogs/{self.article.pk}").json()["title"], "Dirty hands")
        self.client.post(UNDO)
        self.assertEqual(Api().get(f"/blogs/{self.article.pk}").json()["title"], "Clean hands")
        self.assertEqual(list(BlogPost.objects.public().search("dirty")), [])

    def test_rejecting_and_undoing_it(self):
        self.decide("reject", "post")
        self.waiting.refresh_from_db()
        self.assertEqual(self.waiting.status, PostStatus.REJECTED)
        self.client.post(UNDO)
        self.waiting.refresh_from_db()
        self.assertEqual((self.waiting.status, self.waiting.review_note), (PostStatus.IN_REVIEW, ""))

    def test_a_decision_is_not_undone_if_the_author_has_changed_the_text(self):
        self.decide("changes", "post")
        services.edit(
            post=self.waiting, user=self.carol, changes={"content": "<p>Other</p>"}, submit=True, now=timezone.now()
        )
        self.client.post(UNDO)
        self.waiting.refresh_from_db()
        self.assertEqual(self.waiting.content, "<p>Other</p>")

    def test_an_undo_works_once(self):
        self.decide("dismiss", "comment")
        self.client.post(UNDO)
        self.assertIn("nothing left to undo", self.client.post(UNDO, follow=True).content.decode())

    def test_a_decision_needs_a_reason(self):
        self.assertIn("Enter a reason", self.decide("reject", "post", reason=""))
        self.waiting.refresh_from_db()
        self.assertEqual(self.waiting.status, PostStatus.IN_REVIEW)

    def test_an_impossible_decision_is_reported_and_the_others_are_made(self):
        page = self.decide("dismiss", "post", "comment")
        self.assertIn("Reports of 1 item dismissed", page)
        self.assertIn("This decision cannot be made about an article in review.", page)

    def test_an_article_that_changed_after_the_page_was_opened_is_not_approved(self):
        key = self.keys()["post"]
        with time_machine.travel(timezone.now() + timedelta(seconds=1), tick=False):
            Api(self.carol).put(f"/blogs/{self.waiting.pk}", {"title": "Fever", "content": "<p>Bleach.</p>"})
        page = self.client.post(PAGE, {"decision": "approve", "items": [key]}, follow=True)
        self.assertContains(page, "has changed the article since you opened it")
        self.assertEqual(Api().get(f"/blogs/{self.waiting.pk}").status_code, 404)


class SingleDecisions(Moderation):
    def step(self, page: str, pk: int, name: str, **data) -> int:
        return self.client.post(f"/admin/{page}/{pk}/step/{name}/", data).status_code

    def test_upholding_a_report_upholds_all_reports_of_the_same_item(self):
        services.report(user=self.carol, kind="comment", object_id=self.comment.pk, reason="advert", now=timezone.now())
        self.assertEqual(self.step("blog/report", self.report.pk, "uphold", reason="advertising"), 302)
        self.assertEqual(
            set(Report.objects.of("comment", self.comment.pk).values_list("status", flat=True)), {"upheld"}
        )
        self.assertTrue(Comment.objects.get(pk=self.comment.pk).is_hidden)

    def test_muting_the_author_of_a_reported_item(self):
        self.assertEqual(self.step("blog/report", self.report.pk, "mute", reason="spam", days="5"), 302)
        self.bob.refresh_from_db()
        self.assertTrue(self.bob.is_muted(timezone.now() + timedelta(days=4)))
        self.assertFalse(self.bob.is_muted(timezone.now() + timedelta(days=6)))
        self.assertEqual(self.bob.history.latest().history_change_reason, "spam")

    def test_everything_an_author_wrote_can_be_hidden_at_once(self):
        services.comment(post=self.article, user=self.bob, content="And my powder", now=timezone.now())
        self.assertEqual(self.step("blog/comment", self.comment.pk, "hide_all", reason="spam"), 302)
        self.assertFalse(Comment.objects.shown().filter(user=self.bob).exists())
        self.step("blog/blogpost", self.article.pk, "hide_all", reason="false")
        self.assertFalse(BlogPost.objects.public().exists())

    def test_hiding_and_restoring_a_review_updates_the_rating(self):
        for name, count in (("hide", 0), ("restore", 1)):
            self.assertEqual(self.step("doctors/doctorreview", self.review.pk, name, reason="why"), 302)
            self.assertEqual(DoctorInformation.objects.get(pk=self.dr_carol.pk).rating_count, count)

    def test_a_moderator_sees_an_authors_name_but_no_email_address(self):
        page = self.client.get(f"/admin/users/user/{self.bob.pk}/change/").content.decode()
        self.assertIn("Bob", page)
        self.assertNotIn("example.com", page.replace(self.henry.email, ""))
        people = self.client.get("/admin/users/user/").content.decode()
        self.assertIn("Bob", people)
        self.assertNotIn("example.com", people.replace(self.henry.email, ""))
        found = self.client.get("/admin/users/user/?q=bob@example").content.decode()
        self.assertNotIn(f"/admin/users/user/{self.bob.pk}/", found)

    def test_html_written_in_the_admin_is_sanitized(self):
        client = self.sign_in(self.carol)
        data = {"title": "Tea", "content": "<div>Less <b onclick=x>sugar</b></div><script>x</script>", "source": ""}
        self.assertEqual(client.post("/admin/blog/blogpost/add/", data).status_code, 302)
        post = BlogPost.objects.get(title="Tea")
        self.assertEqual((post.content, post.author), ("<div>Less <b>sugar</b></div>", self.dr_carol))
        client.post(f"/admin/blog/blogpost/{post.pk}/change/", {**data, "title": "Coffee"})
        post.refresh_from_db()
        self.assertEqual((post.title, post.slug, post.status), ("Coffee", "tea", PostStatus.DRAFT))
        self.assertEqual(self.sign_in(self.dave).get("/admin/blog/blogpost/add/").status_code, 403)
