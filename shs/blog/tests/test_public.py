from datetime import timedelta
from math import inf
from unittest import mock

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import TestCase
from django.utils import timezone

from shs.blog import services, tally
from shs.blog.models import BlogPost, Comment, Report
from shs.testing import Api, EveryModel, publish_article


class Lists(EveryModel, TestCase):
    def titles(self, **query) -> list[str]:
        answer = Api().get("/blogs/", **query)
        self.assertEqual(answer.status_code, 200, answer.content)
        return [item["title"] for item in answer.json()["items"]]

    def test_only_published_articles_are_listed(self):
        self.assertEqual(self.titles(), ["Clean hands"])

    def test_by_author_category_and_tag(self):
        publish_article(self.wendy, "Salt and pressure", tags=["Salt"], category=services.category_named("nutrition"))
        self.assertEqual(self.titles(author=self.dr_carol.pk), ["Clean hands"])
        self.assertEqual(self.titles(category="nutrition"), ["Salt and pressure"])
        self.assertEqual(self.titles(category="Nutrition"), ["Salt and pressure"])
        self.assertEqual(self.titles(tag="hygiene"), ["Clean hands"])
        self.assertEqual(self.titles(category="no such"), [])
        self.assertEqual(self.titles(author="", category="", tag="", q=""), ["Salt and pressure", "Clean hands"])

    def test_hidden_articles_are_shown_nowhere(self):
        services.hide(kind="blog", row=self.article, reason="wrong")
        self.assertEqual(self.titles(), [])
        for path in ("", "/comments"):
            self.assertEqual(Api().get(f"/blogs/{self.article.pk}{path}").status_code, 404)
        self.assertEqual(Api().get(self.picture.url.removeprefix("/api/v1")).status_code, 404)
        self.assertTrue(Api(self.carol).get(f"/blogs/{self.article.pk}").json()["is_hidden"])

    def test_a_hidden_comment_is_not_listed(self):
        services.hide(kind="comment", row=self.comment, reason="advertising")
        self.assertEqual(Api().get(f"/blogs/{self.article.pk}/comments").json()["items"], [])

    def test_an_unchanged_page_is_304(self):
        self.enterContext(mock.patch.object(tally, "FLUSH_SECONDS", inf))  # stored views change the page
        pk = self.article.pk
        for path in ("/blogs/", f"/blogs/{pk}", f"/blogs/{pk}/comments", f"/doctors/{self.dr_carol.pk}/reviews"):
            caller = Api()
            first = caller.get(path)
            self.assertEqual(first["Cache-Control"], "public, no-cache")
            self.assertIn("Authorization", first["Vary"])
            caller.headers = {"If-None-Match": first["ETag"]}
            self.assertEqual(caller.get(path).status_code, 304, path)
        services.hide(kind="blog", row=self.article, reason="wrong")
        caller = Api()
        caller.headers = {"If-None-Match": first["ETag"]}
        self.assertEqual(caller.get("/blogs/").status_code, 200)

    def test_responses_to_a_caller_with_a_token_are_private(self):
        self.assertEqual(Api(self.carol).get(f"/blogs/{self.draft.pk}")["Cache-Control"], "private, no-cache")

    def test_views_are_stored_in_batches(self):
        self.enterContext(mock.patch.object(tally, "FLUSH_SECONDS", inf))
        tally.flush_views()
        before = BlogPost.objects.get(pk=self.article.pk).views  # other tests have counted views too
        for _ in range(3):
            Api().get(f"/blogs/{self.article.pk}")
        self.assertEqual(BlogPost.objects.get(pk=self.article.pk).views, before)
        lines = self.article.history.count()
        self.assertEqual(tally.flush_views(), 3)
        self.assertEqual(BlogPost.objects.get(pk=self.article.pk).views, before + 3)
        self.assertEqual(self.article.history.count(), lines)


class Search(EveryModel, TestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        publish_article(cls.carol, "Vaccines for children", "<p>The calendar of doses.</p>")
        publish_article(cls.carol, "Calendar of the year", "<p>A vaccine is named once here, and measles too.</p>")
        publish_article(cls.carol, "Measles", "<p>Measles again: measles, a vaccine prevents measles.</p>")

    def found(self, words: str) -> list[str]:
        return list(BlogPost.objects.public().search(words).values_list("published_title", flat=True))

    def test_a_match_in_the_title_ranks_before_one_in_the_text(self):
        self.assertEqual(self.found("vaccines")[0], "Vaccines for children")
        self.assertEqual(len(self.found("vaccines")), 3)

    def test_every_word_must_be_there(self):
        self.assertEqual(self.found("measles vaccine"), ["Measles", "Calendar of the year"])
        self.assertEqual(self.found("measles cholera"), [])

    def test_a_word_matches_by_its_beginning_in_any_case(self):
        self.assertEqual(self.found("MEAS"), ["Measles", "Calendar of the year"])

    def test_punctuation_is_ignored(self):
        for words in ("' OR 1=1 --", "!!! & | ( :*", "%", "\\", "a:b & c", "measles)"):
            with self.subTest(words):
                self.found(words)
                self.assertEqual(Api().get("/blogs/", q=words).status_code, 200)

    def test_unpublished_articles_are_not_found(self):
        services.write(user=self.carol, title="Hidden measles", content="<p>x</p>", now=timezone.now())
        self.assertNotIn("Hidden measles", self.found("measles"))


class SearchIndex(EveryModel, TestCase):
    def test_a_search_reads_an_index_on_postgresql_and_one_table_on_sqlite(self):
        postgres = connection.vendor == "postgresql"
        if postgres:
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL enable_seqscan = off")
        plan = BlogPost.objects.search("hands").order_by().explain()
        self.assertIn("blogpost_words" if postgres else "SCAN blog_blogpost", plan)


class CommentsAndReports(EveryModel, TestCase):
    def test_comments_are_allowed_on_published_articles_only(self):
        answer = Api(self.alice).post(f"/blogs/{self.article.pk}/comments", {"content": "Thank you <b>"})
        self.assertEqual((answer.status_code, answer.json()["author"]), (201, "Alice"))
        self.assertEqual(Api(self.alice).post(f"/blogs/{self.draft.pk}/comments", {"content": "x"}).status_code, 404)
        self.assertEqual(Api().post(f"/blogs/{self.article.pk}/comments", {"content": "x"}).status_code, 401)

    def test_a_comment_shows_no_email_address(self):
        self.assertNotIn(b"@", Api().get(f"/blogs/{self.article.pk}/comments").content)

    def test_a_user_can_report_an_item_once(self):
        complaint = {"kind": "blog", "id": self.article.pk, "reason": "wrong dose"}
        self.assertEqual(Api(self.bob).post("/reports", complaint).status_code, 201)
        self.assertEqual(Api(self.bob).post("/reports", complaint).status_code, 409)
        self.assertEqual(Api(self.alice).post("/reports", complaint).status_code, 201)

    def test_a_review_can_be_reported(self):
        review = self.dr_carol.reviews.get()
        answer = Api(self.bob).post("/reports", {"kind": "review", "id": review.pk, "reason": "never there"})
        self.assertEqual(answer.status_code, 201)

    def test_hidden_items_cannot_be_reported(self):
        for kind, pk in (("blog", self.draft.pk), ("comment", 10**9), ("answer", 1)):
            answer = Api(self.bob).post("/reports", {"kind": kind, "id": pk, "reason": "x"})
            self.assertEqual(answer.status_code, 404)
        self.assertEqual(Report.objects.count(), 1)

    def test_a_muted_user_cannot_comment(self):
        self.bob.mute(until=timezone.now() + timedelta(days=2), reason="spam")
        comments = Comment.objects.count()
        complaint = {"kind": "blog", "id": self.article.pk, "reason": "wrong dose"}
        for path, data in ((f"/blogs/{self.article.pk}/comments", {"content": "x"}), ("/reports", complaint)):
            answer = Api(self.bob).post(path, data)
            self.assertEqual((answer.status_code, answer.json()["type"]), (403, "urn:shs:problem:muted"))
        self.assertEqual(Comment.objects.count(), comments)


class Images(EveryModel, TestCase):
    def test_an_image_is_public_while_a_published_article_shows_it(self):
        path = self.picture.url.removeprefix("/api/v1")
        answer = Api().get(path)
        self.assertEqual((answer.status_code, answer["Content-Type"]), (200, "image/png"))
        self.assertEqual(answer["X-Content-Type-Options"], "nosniff")
        Api(self.carol).delete(f"/blogs/{self.article.pk}")
        self.assertEqual(Api().get(path).status_code, 404)

    def test_a_file_whose_content_is_no_image_is_refused(self):
        for content in (b"%PDF-1.4\n%%EOF\n", b"<svg onload=alert(1)>", b"", b"\x89PNG\r\n\x1a\n"):
            caller = Api(self.carol)
            upload = SimpleUploadedFile("x.png", content, "image/png")
            answer = caller.client.post("/api/v1/blogs/images", {"file": upload}, headers=caller.headers)
            self.assertEqual(answer.status_code, 422, content)
