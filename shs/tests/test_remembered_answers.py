"""Cached responses to anonymous callers never show what was hidden, suspended or changed since."""

from collections.abc import Callable
from datetime import timedelta
from unittest import mock

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shs.blog.models import BlogPost
from shs.core.api import caching
from shs.doctors.models import DoctorInformation
from shs.testing import Api, CommittedTestCase, TestUsers, at_once, publish_article

SEARCH, ARTICLES = "/doctors/search", "/blogs/"


class RememberedAnswers(TestUsers, CommittedTestCase):
    def setUp(self):
        self.make_people()
        self.post = publish_article(self.carol, "Hands")

    def names(self, path: str) -> list[str]:
        answer = Api().get(path)
        self.assertEqual(answer.status_code, 200)
        return [item.get("name") or item["title"] for item in answer.json()["items"]]

    def asked(self, path: str) -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            self.names(path)
        return [query["sql"] for query in queries]

    def asked_in_quiet(self, path: str) -> list[str]:
        """The queries of a response while nothing changes. On PostgreSQL a commit in another database of the server, by
        a test beside this one, is a change, too."""
        for _attempt in range(100):
            if len(queries := self.asked(path)) == 1:
                break
        return queries

    def test_an_unchanged_response_reads_no_table(self):
        for path in (SEARCH, ARTICLES):
            with self.subTest(path=path):
                first = self.names(path)
                (sql,) = self.asked_in_quiet(path)
                self.assertNotIn("FROM", sql)
                self.assertEqual(self.names(path), first)

    def assert_gone(self, path: str, change: Callable[[], object]) -> None:
        """A `change` made by another connection is seen by the next request."""
        self.assertTrue(self.names(path))
        self.assertTrue(self.names(path))
        at_once(1, lambda number: change())
        self.assertEqual(self.names(path), [])

    def test_a_suspended_account_is_no_longer_found(self):
        self.assert_gone(SEARCH, transaction.atomic(lambda: self.carol.suspend(reason="asked to")))

    def test_a_suspended_doctor_is_no_longer_found(self):
        rows = DoctorInformation.objects.without_history("a test").filter(pk=self.dr_carol.pk)
        self.assert_gone(SEARCH, lambda: rows.update(verification_status="suspended"))

    def test_a_withdrawn_article_is_no_longer_listed(self):
        self.assert_gone(ARTICLES, lambda: BlogPost.objects.get(pk=self.post.pk).withdraw())

    def test_a_change_by_this_connection_is_seen(self):
        self.assertIn("Hands", self.names(ARTICLES))
        BlogPost.objects.get(pk=self.post.pk).withdraw()
        self.assertEqual(self.names(ARTICLES), [])

    def test_a_change_that_is_rolled_back_is_never_shown(self):
        before = self.names(ARTICLES)
        with transaction.atomic():
            BlogPost.objects.get(pk=self.post.pk).withdraw()
            self.assertEqual(self.names(ARTICLES), [])
            transaction.set_rollback(True)
        self.assertEqual(self.names(ARTICLES), before)

    def test_callers_with_a_token_get_new_responses(self):
        self.names(SEARCH)
        with CaptureQueriesContext(connection) as queries:
            answer = Api(self.alice).get(SEARCH)
        self.assertIn("private", answer["Cache-Control"])
        self.assertGreater(len(queries), 1)

    def test_a_matching_etag_is_304(self):
        etag = Api().get(SEARCH)["ETag"]
        for _again in range(2):
            answer = Api().call("GET", SEARCH, **{"If-None-Match": etag})
            self.assertEqual((answer.status_code, answer.content, answer["ETag"]), (304, b"", etag))

    def test_another_day_gets_a_new_response(self):
        self.names(SEARCH)
        tomorrow = timezone.localdate() + timedelta(days=1)
        with mock.patch.object(caching.timezone, "localdate", return_value=tomorrow):
            self.assertGreater(len(self.asked(SEARCH)), 1)

    def test_errors_and_large_responses_are_not_cached(self):
        with mock.patch.object(caching, "MOST_BYTES", 10):
            self.names(SEARCH)
        self.assertGreater(len(self.asked(SEARCH)), 1)
        self.assertEqual(Api().get(f"{SEARCH}?page=0").status_code, 422)
        self.assertEqual(Api().get(f"{SEARCH}?page=0").status_code, 422)

    def test_the_size_of_the_cache_is_limited(self):
        for page in range(caching.MOST_KEPT + 10):
            Api().get(f"{SEARCH}?page={page + 1}")
        memory = caching._memories[next(iter(caching._memories))]
        self.assertLessEqual(len(memory.answers), caching.MOST_KEPT + 1)
