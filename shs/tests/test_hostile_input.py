"""Invalid input to every route that takes a body or filters: the answer is a 4xx that names the field, and nothing is
stored."""

import copy
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.test import TestCase
from django.utils import timezone

from shs.core.types import MAX_ID
from shs.testing import PASSWORD, Api, EveryModel, make_user, soon
from shs.users import tokens
from shs.users.models import Role

NEVER_A_TEXT = [5, 1.5, True, [], {}, ["x"], "a\x00b", "\ud800", "x" * 30_000]
NEVER_A_NUMBER = ["x", [], {}, -1, 2**63, 10**18, 1.5, "1e400", "NaN"]
NEVER_A_DATE = [
    5,
    [],
    {},
    "",
    "x",
    "0001-01-01",
    "9999-12-31",
    "2026-02-30",
    "2026-1-1",
    "26-01-01",
    "2026-01-01T00:00:00",
]
NEVER_A_TIME = [5, [], {}, "", "x", "25:00", "10:00:30", "10", "10:00+06:00", "-1:00"]
NEVER_AN_INSTANT = [[], {}, "", "x", "2026-01-01T10:00:00", "0001-01-01T10:00:00+00:00", 10**18]
NEVER_A_LIST = [5, "x", {}, [5], [[]], [None], ["\x00"], ["x" * 300], ["a"] * 300]
NEVER_A_CHOICE = [5, [], {}, "no such thing", "\x00", "admin", "x" * 3000]


class Call(NamedTuple):
    """A call that succeeds: the name of the test user, method, path and fields."""

    who: str
    method: str
    path: str
    body: dict[str, Any]
    wrong: dict[str, list]
    optional: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class Hostile(EveryModel, TestCase):
    def calls(self) -> list[Call]:
        carol, text = self.dr_carol.pk, NEVER_A_TEXT
        day, clock = f"{soon(5)}", "11:00"
        application = {
            "license_number": "B-777",
            "specializations": ["cardiology"],
            "experience": 5,
            "education": "MBBS",
            "location": "Khulna",
            "fees": "500.00",
            "bio": "",
            "languages": ["Bangla"],
        }
        application_wrong = {
            "license_number": [*text, "", "!"],
            "specializations": [*NEVER_A_LIST, [], ["no-such-specialty"]],
            "experience": NEVER_A_NUMBER,
            "education": [*text, ""],
            "location": [*text, ""],
            "fees": ["x", [], {}, -1, "NaN", "Infinity", "1.234", 10**12, "1e20"],
            "bio": text,
            "languages": NEVER_A_LIST,
        }
        profile = {"name": "Alice", "phone": "+8801712345678", "date_of_birth": "1990-05-05", "gender": "female"}
        profile_wrong = {
            "name": [*text, "", " "],
            "phone": [*text, "call me"],
            "date_of_birth": [*NEVER_A_DATE[:3], *NEVER_A_DATE[4:], "2099-01-01"],
            "gender": NEVER_A_CHOICE,
            "blood_group": NEVER_A_CHOICE,
            "address": text,
            "city": text,
            "emergency_contact": text,
        }
        whole_profile = {**profile, "blood_group": "", "address": "", "city": "", "emergency_contact": ""}
        absence = {"starts_at": "2030-01-01T10:00:00+06:00", "ends_at": "2030-01-02T10:00:00+06:00", "reason": "x"}
        absence_wrong = {"starts_at": NEVER_AN_INSTANT, "ends_at": NEVER_AN_INSTANT, "reason": text}
        review = {"rating": 5, "comment": "She listens."}
        review_wrong = {"rating": [*NEVER_A_NUMBER, 0, 6, "5"], "comment": text}
        secret = [5, [], {}, "", "\ud800", "x" * 3000]
        link = {"uid": "MQ", "token": "a-b"}
        return [
            Call(
                "nobody",
                "POST",
                "/auth/register",
                {"email": "new@example.com", "password": PASSWORD, "name": "New", "role": "patient", "phone": ""},
                {
                    "email": [*text, "", "x", "a@b", "ü@example.com"],
                    "password": [*secret, "short", "password", "12345678901"],
                    "name": [*text, ""],
                    "role": [*NEVER_A_CHOICE, "staff"],
                    "phone": [*text, "call me"],
                },
                frozenset(["role", "phone"]),
            ),
            Call(
                "nobody",
                "POST",
                "/auth/login",
                {"email": "alice@example.com", "password": PASSWORD},
                {"email": [*text, ""], "password": secret},
            ),
            Call("nobody", "POST", "/auth/token/refresh", {"refresh": self.refresh}, {"refresh": [*text, ""]}),
            Call("alice", "POST", "/auth/logout", {"refresh": self.refresh}, {"refresh": [*text, ""]}),
            Call("alice", "PUT", "/auth/profile", whole_profile, profile_wrong, frozenset(whole_profile) - {"name"}),
            Call("alice", "PATCH", "/auth/profile", whole_profile, profile_wrong, frozenset(whole_profile)),
            Call(
                "alice",
                "POST",
                "/auth/password/change",
                {"current_password": PASSWORD, "new_password": "another lantern 8"},
                {"current_password": [*secret, "wrong"], "new_password": [*secret, "short"]},
            ),
            Call("nobody", "POST", "/auth/password/reset", {"email": "alice@example.com"}, {"email": [*text, "", "x"]}),
            Call(
                "nobody",
                "POST",
                "/auth/password/reset/confirm",
                {**link, "new_password": "another lantern 8"},
                {
                    "uid": [5, [], "\ud800", "x" * 3000],
                    "token": [5, [], "", "a\x00", "\ud800", "x" * 3000],
                    "new_password": secret,
                },
            ),
            Call(
                "nobody",
                "POST",
                "/auth/email/verify",
                link,
                {
                    "uid": [5, [], "\ud800", "x" * 3000],
                    "token": [5, [], "", "a\x00", "\ud800", "x" * 3000],
                },
            ),
            Call(
                "newcomer",
                "POST",
                "/doctors/register",
                application,
                application_wrong,
                frozenset(["bio", "languages"]),
            ),
            Call("carol", "PUT", "/doctors/me", application, application_wrong, frozenset(["bio", "languages"])),
            Call("carol", "PATCH", "/doctors/me", application, application_wrong, frozenset(application)),
            Call("carol", "POST", "/doctors/me/time-off", absence, absence_wrong, frozenset(["reason"])),
            Call(
                "frank",
                "PATCH",
                f"/doctors/verify/{self.dr_dave.pk}",
                {"decision": "reject", "reason": "expired"},
                {"decision": NEVER_A_CHOICE, "reason": [*text, ""]},
                frozenset(),
            ),
            Call(
                "bob",
                "POST",
                "/appointments/",
                {"doctor": carol, "date": day, "time": clock, "reason": "fever"},
                {
                    "doctor": ["x", [], {}, -1, 0, 2**63, 1.5, str(carol), True],
                    "date": NEVER_A_DATE,
                    "time": NEVER_A_TIME,
                    "reason": text,
                },
                frozenset(["reason"]),
            ),
            Call(
                "alice",
                "POST",
                f"/appointments/{self.visit.pk}/reschedule",
                {"date": day, "time": clock},
                {"date": NEVER_A_DATE, "time": NEVER_A_TIME},
            ),
            Call(
                "carol",
                "PATCH",
                f"/appointments/{self.visit.pk}/status",
                {"status": "confirmed", "notes": "come fasting"},
                {"status": NEVER_A_CHOICE, "notes": text},
                frozenset(["notes"]),
            ),
            Call("alice", "PUT", f"/doctors/{carol}/reviews/mine", review, review_wrong, frozenset(["comment"])),
            Call("bob", "POST", f"/doctors/{carol}/reviews", review, review_wrong, frozenset(["comment"])),
            *self.calls_of_the_blog(),
        ]

    def calls_of_the_blog(self) -> list[Call]:
        text, pk = NEVER_A_TEXT, self.article.pk
        article = {"title": "Tea", "content": "<p>Less.</p>", "category": "", "tags": [], "source": "", "submit": False}
        wrong = {
            "title": [*text, ""],
            "content": [5, True, [], {}, "a\x00b", "\ud800", "", "<script></script>"],
            "category": [*text, "no such category"],
            "tags": [*NEVER_A_LIST, ["!!"]],
            "source": text,
            "submit": ["x", [], {}],
        }
        optional = frozenset(article) - {"title", "content"}
        complaint = {"kind": "blog", "id": pk, "reason": "wrong dose"}
        review = self.dr_carol.reviews.get().pk
        return [
            Call("carol", "POST", "/blogs/", article, wrong, optional),
            Call("carol", "PUT", f"/blogs/{pk}", article, wrong, optional),
            Call("alice", "POST", f"/blogs/{pk}/comments", {"content": "Yes."}, {"content": [*text, ""]}),
            Call(
                "bob",
                "POST",
                "/reports",
                complaint,
                {"kind": NEVER_A_CHOICE, "id": [*NEVER_A_NUMBER[:5], 0], "reason": [*text, ""]},
            ),
            Call("carol", "POST", f"/doctors/me/reviews/{review}/answer", {"answer": "Yes."}, {"answer": [*text, ""]}),
        ]

    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.dr_dave.release(now=timezone.now())  # only an admin may read the outcome
        cls.take_place(patient=cls.bob, days=4)
        cls.newcomer = make_user("Dr. Nina", Role.DOCTOR)
        cls.refresh = tokens.issue(cls.alice, now=timezone.now())["refresh"]

    def caller(self, name: str) -> Api:
        return Api(None if name == "nobody" else getattr(self, name))

    def stored(self) -> dict[str, int]:
        """The number of rows of every table, history included."""
        models = [model for model in apps.get_models() if model.__module__.startswith("shs.")]
        return {model.__name__: model._base_manager.count() for model in models}

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

    def test_each_call_succeeds_as_it_stands(self):
        """Proves that the tests below fail because of the wrong value alone."""
        bound = {"/auth/password/reset/confirm", "/auth/email/verify"}
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

    def test_a_wrong_missing_or_unknown_field_is_named_and_nothing_is_stored(self):
        for call in self.calls():
            caller, before = self.caller(call.who), self.stored()
            for field, body in self.bodies(call):
                with self.subTest(call=str(call), field=field, value=repr(body.get(field))[:60]):
                    self.assert_refused(caller.call(call.method, call.path, body), {422}, field)
            self.assertEqual(self.stored(), before, str(call))

    def test_a_body_of_another_shape_is_refused(self):
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

    def test_a_filter_that_makes_no_sense_is_named(self):
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

    def test_odd_words_in_a_search_find_nothing_and_break_nothing(self):
        for words in ("%", "_", "\\", "'", '"', "';--", "💉", "ড", "|", "a" * 40, "\u202e", "( | &", "\ufffd"):
            for name in ("q", "specialty", "location", "language"):
                with self.subTest(filter=name, words=words[:20]):
                    self.assertEqual(Api().get("/doctors/search", **{name: words}).status_code, 200)

    def test_only_the_first_10_000_rows_can_be_paged_through(self):
        self.assert_refused(Api().get("/doctors/search", page=101, page_size=100), {422}, "page")
        response = Api().get("/doctors/search", page=100, page_size=100)
        self.assertEqual((response.status_code, response.json()["items"]), (200, []))

    def test_a_nul_in_an_address_is_400(self):
        for path in ("/doctors/search?q=a%00b", "/doctors/%00", "/doctors/search%00"):
            with self.subTest(path=path):
                self.assert_refused(self.client.get(f"{Api.BASE}{path}"), {400})

    def test_bytes_that_are_no_text_in_a_query_are_no_500(self):
        for query in ("q=%ff%fe", "q=%ED%A0%80", "%ff=1", "page=%D9%A3"):
            with self.subTest(query=query):
                self.assertIn(self.client.get(f"{Api.BASE}/doctors/search?{query}").status_code, {200, 400, 422})

    def test_an_id_no_database_holds_is_404(self):
        for pk in (0, MAX_ID + 1, 10**18 * 10, 10**30, "x", "-1", "1.0", "٣"):
            with self.subTest(pk=pk):
                self.assert_refused(Api(self.alice).get(f"/doctors/{pk}"), {404})
                self.assert_refused(Api(self.alice).get(f"/appointments/{pk}"), {404})

    def test_an_address_of_mail_is_one_person_in_any_spelling(self):
        fields = {"password": PASSWORD, "name": "Alice again"}
        for email in ("ALICE@example.com", " alice@example.com ", "ａlice@example.com"):
            with self.subTest(email=email):
                self.assert_refused(Api().post("/auth/register", {**fields, "email": email}), {409})

    def test_an_idempotency_key_that_cannot_be_kept_is_refused(self):
        body = {"doctor": self.dr_carol.pk, "date": f"{soon(5)}", "time": "11:00"}
        for key in ("x" * 256, "a\x07b"):
            with self.subTest(key=key[:10]):
                response = Api(self.bob).post("/appointments/", body, **{"Idempotency-Key": key})
                self.assert_refused(response, {422}, "Idempotency-Key")

    def test_a_time_off_that_ends_before_it_starts_is_refused(self):
        start = timezone.now() + timedelta(days=3)
        for end in (start, start - timedelta(days=1)):
            body = {"starts_at": start.isoformat(), "ends_at": end.isoformat()}
            self.assert_refused(Api(self.carol).post("/doctors/me/time-off", body), {422}, "ends_at")
