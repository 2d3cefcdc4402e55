"""Invalid input to every route that takes a body or filters: the answer is a 4xx that names the field, and nothing is
stored."""

import copy
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.test import TestCase, override_settings
from django.utils import timezone

from shs.core.types import MAX_ID
from shs.testing import PASSWORD, Api, make_user, soon
from shs.tests.calls import NEVER_A_NUMBER, NEVER_A_TIME, Call, Calls
from shs.users import tokens
from shs.users.models import Role
from shs.users.tests.phoning import Phoning


@override_settings(SMS_BACKEND="file")  # without texts nobody can log in by phone
class Hostile(Calls, TestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.dr_dave.release(now=timezone.now())  # only an admin may read the outcome
        cls.take_place(patient=cls.bob, days=4)
        cls.newcomer = make_user("Dr. Nina", Role.DOCTOR)
        cls.rahima = Phoning.register("Rahima")
        cls.refresh = tokens.issue(cls.alice, now=timezone.now())["refresh"]

    def caller(self, name: str) -> Api:
        return Api(None if name == "nobody" else getattr(self, name))

    def stored(self) -> dict[str, int]:
        """The number of rows of every table, history included, but for the counts of requests. One query."""
        counts = {"LimitCount", "LoginPause"}
        models = [m for m in apps.get_models() if m.__module__.startswith("shs.") and m.__name__ not in counts]
        each = (f"SELECT '{model.__name__}', COUNT(*) FROM {model._meta.db_table}" for model in models)  # noqa: S608  our names
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(each))
            return dict(cursor.fetchall())

    def assert_refused(self, response, statuses: set[int], field: str = "") -> None:
        self.assertIn(response.status_code, statuses, response.content[:300])
        self.assertEqual(response["Content-Type"], "application/problem+json")
        problem = response.json()
        self.assertLessEqual({"type", "title", "status", "detail"}, problem.keys())
        self.assertEqual(problem["status"], response.status_code)
        if response.status_code == 422 and field:
            named = [error["field"] for error in problem["errors"]]
            self.assertTrue(any(name.split(".")[0] == field for name in named), f"{field} is not among {named}")
            self.assertTrue(all(error["message"] for error in problem["errors"]))

    def test_each_call_succeeds_unchanged(self):
        """Proves that the tests below fail because of the wrong value alone."""
        bound = {
            "/auth/password/reset/confirm",
            "/auth/email/verify",
            "/auth/email/change/confirm",
            "/auth/email/change/undo",
        }
        for call in self.calls():
            if call.path not in bound:
                with self.subTest(call=str(call)):
                    with transaction.atomic():
                        response = self.caller(call.who).call(call.method, call.path, call.body)
                        transaction.set_rollback(True)
                    self.assertLess(response.status_code, 300, response.content)

    def bodies(self, call: Call) -> Iterator[tuple[str, Any]]:
        """Pairs of field and body: every wrong value of every field, every missing required field, and an unknown
        field."""
        for field, values in call.wrong.items():
            for value in values:
                body = copy.deepcopy(call.body)
                body[field] = value
                yield field, body
        for field in call.body.keys() - call.optional:
            yield field, {name: value for name, value in call.body.items() if name != field}
        for field in ("role", "is_staff", "rating_count", "verification_status", "__class__", "id"):
            if field not in call.body:
                yield field, {**call.body, field: "admin"}

    def test_wrong_missing_and_unknown_fields_are_named_and_nothing_is_stored(self):
        for call in self.calls():
            caller, before = self.caller(call.who), self.stored()
            for field, body in self.bodies(call):
                with self.subTest(call=str(call), field=field, value=repr(body.get(field))[:60]):
                    self.assert_refused(caller.call(call.method, call.path, body), {422}, field)
            self.assertEqual(self.stored(), before, str(call))

    def test_a_body_that_is_no_object_is_refused(self):
        shapes = {
            "nothing": "",
            "a list": "[]",
            "a list of bodies": "[{}]",
            "a text": '"x"',
            "a number": "1",
            "null": "null",
            "half of an object": '{"email": ',
            "a NaN": '{"email": NaN}',
            "not text at all": b"\xff\xfe\x00",
            "deep nesting": "[" * 50_000 + "]" * 50_000,
            "a deep object": '{"email":' * 20_000 + "1" + "}" * 20_000,
            "a doubled key": '{"x": 1, "x": 2}',
            "a huge number": '{"email": ' + "9" * 5000 + "}",
        }
        for call in self.calls():
            caller, before = self.caller(call.who), self.stored()
            for name, shape in shapes.items():
                if call.method == "PATCH" and name == "nothing":
                    continue
                with self.subTest(call=str(call), shape=name):
                    self.assert_refused(caller.call(call.method, call.path, shape), {400, 422})
            self.assertEqual(self.stored(), before, str(call))

    def test_a_body_over_the_limit_is_413_and_one_of_another_kind_415(self):
        big = json.dumps({"name": "x" * settings.BODY_LIMIT_BYTES})
        for call in self.calls():
            caller = self.caller(call.who)
            with self.subTest(call=str(call)):
                self.assert_refused(caller.call(call.method, call.path, big), {413})
                body = json.dumps(call.body)
                for kind in ("text/plain", "application/xml", "application/x-www-form-urlencoded", "nonsense"):
                    response = caller.client.generic(
                        call.method, f"{Api.BASE}{call.path}", body, content_type=kind, headers=caller.headers
                    )
                    self.assert_refused(response, {415})

    def test_working_hours_are_a_list_of_blocks(self):
        block = {"weekday": 0, "start": "09:00", "end": "12:00", "slot_minutes": 20}
        wrong = {
            "weekday": [*NEVER_A_NUMBER, 7],
            "start": NEVER_A_TIME,
            "end": [*NEVER_A_TIME, "08:00", "09:00"],
            "slot_minutes": [*NEVER_A_NUMBER, 0, 4, 241],
            "clinic": [*NEVER_A_NUMBER, self.other_clinic.pk],
        }
        caller, before = Api(self.carol), self.stored()
        for field, values in wrong.items():
            for value in values:
                with self.subTest(field=field, value=repr(value)[:40]):
                    response = caller.put("/doctors/me/availability", [block, {**block, "weekday": 1, field: value}])
                    self.assert_refused(response, {422}, "1")
        for body in ({}, 1, [1], [[]], [{}], [block] * 71, [{**block, "doctor": 1}]):
            with self.subTest(body=repr(body)[:40]):
                self.assert_refused(caller.put("/doctors/me/availability", body), {422})
        self.assertEqual(self.stored(), before)

    def test_an_invalid_filter_is_named(self):
        huge = str(10**18)
        paging = {"page": ["0", "-1", "x", huge, "1.5", ""], "page_size": ["0", "101", "x", huge]}
        days = ["x", "0001-01-01", "2026-02-30", "5", "2026-01-01T00:00"]
        lists = {
            ("nobody", "/doctors/search"): {
                **paging,
                "q": ["x" * 101],
                "min_rating": ["x", "-1", "6", "NaN", "inf"],
                "max_fees": ["x", "-1", "NaN", huge],
                "min_experience": ["x", "-1", huge],
                "available_on": days,
                "ordering": ["x", "password", "rating;", ""],
            },
            ("nobody", f"/doctors/{self.dr_carol.pk}/slots"): {"date": days, "from": days, "to": days},
            ("nobody", f"/doctors/{self.dr_carol.pk}/reviews"): {**paging},
            ("alice", "/appointments/my-appointments"): {**paging, "status": ["x"], "when": ["x"]},
            ("carol", "/appointments/doctor-appointments"): {**paging, "date": days, "from": days, "status": ["x"]},
        }
        for (who, path), filters in lists.items():
            caller = self.caller(who)
            for name, values in filters.items():
                for value in values:
                    with self.subTest(path=path, filter=name, value=value[:30]):
                        self.assert_refused(caller.get(path, **{name: value}), {422}, name)

    def test_unusual_search_words_find_nothing_and_are_no_500(self):
        for words in ("%", "_", "\\", "'", '"', "';--", "💉", "ড", "|", "a" * 40, "\u202e", "( | &", "\ufffd"):
            for name in ("q", "specialty", "location", "language"):
                with self.subTest(filter=name, words=words[:20]):
                    self.assertEqual(Api().get("/doctors/search", **{name: words}).status_code, 200)

    def test_only_the_first_10_000_rows_can_be_paged_through(self):
        self.assert_refused(Api().get("/doctors/search", page=101, page_size=100), {422}, "page")
        response = Api().get("/doctors/search", page=100, page_size=100)
        self.assertEqual((response.status_code, response.json()["items"]), (200, []))

    def test_a_nul_in_a_url_is_400(self):
        for path in ("/doctors/search?q=a%00b", "/doctors/%00", "/doctors/search%00"):
            with self.subTest(path=path):
                self.assert_refused(self.client.get(f"{Api.BASE}{path}"), {400})

    def test_invalid_utf8_in_a_query_string_is_no_500(self):
        for query in ("q=%ff%fe", "q=%ED%A0%80", "%ff=1", "page=%D9%A3"):
            with self.subTest(query=query):
                self.assertIn(self.client.get(f"{Api.BASE}/doctors/search?{query}").status_code, {200, 400, 422})

    def test_an_id_that_is_too_large_is_404(self):
        for pk in (0, MAX_ID + 1, 10**18 * 10, 10**30, "x", "-1", "1.0", "٣"):
            with self.subTest(pk=pk):
                self.assert_refused(Api(self.alice).get(f"/doctors/{pk}"), {404})
                self.assert_refused(Api(self.alice).get(f"/appointments/{pk}"), {404})

    def test_email_addresses_are_unique_in_any_spelling(self):
        fields = {"password": PASSWORD, "name": "Alice again"}
        for email in ("ALICE@example.com", " alice@example.com ", "ａlice@example.com"):
            with self.subTest(email=email):
                self.assert_refused(Api().post("/auth/register", {**fields, "email": email}), {409})

    def test_an_invalid_idempotency_key_is_refused(self):
        body = {"doctor": self.dr_carol.pk, "date": f"{soon(5)}", "time": "11:00"}
        for key in ("x" * 256, "a\x07b"):
            with self.subTest(key=key[:10]):
                response = Api(self.bob).post("/appointments/", body, **{"Idempotency-Key": key})
                self.assert_refused(response, {422}, "Idempotency-Key")

    def test_time_off_that_ends_before_it_starts_is_refused(self):
        start = timezone.now() + timedelta(days=3)
        for end in (start, start - timedelta(days=1)):
            body = {"starts_at": start.isoformat(), "ends_at": end.isoformat()}
            self.assert_refused(Api(self.carol).post("/doctors/me/time-off", body), {422}, "ends_at")
