"""Calls of the API that succeed, with wrong values for each of their fields."""

from typing import Any, NamedTuple

from shs.testing import PASSWORD, EveryModel, soon
from shs.users import claiming, phone_codes

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


class Calls(EveryModel):
    """Mixin for TestCases: `calls()` lists a call of each route that takes a body. `newcomer`, `refresh` and `rahima`
    are made by the test."""

    def calls(self) -> list[Call]:
        return [
            *self.account_calls(),
            *self.family_calls(),
            *self.doctor_calls(),
            *self.visit_calls(),
            *self.blog_calls(),
        ]

    def account_calls(self) -> list[Call]:
        return [*self.login_calls(), *self.phone_calls(), *self.link_calls(), *self.profile_calls()]

    def login_calls(self) -> list[Call]:
        text = NEVER_A_TEXT
        secret = [5, [], {}, "", "\ud800", "x" * 3000]
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
            Call(
                "alice",
                "POST",
                "/auth/password/change",
                {"current_password": PASSWORD, "new_password": "another lantern 8"},
                {"current_password": [*secret, "wrong"], "new_password": [*secret, "short"]},
            ),
        ]

    def phone_calls(self) -> list[Call]:
        """Rahima's, who has no address; `rahima` is made by the test."""
        text, born = NEVER_A_TEXT, "1980-03-12"
        proof = phone_codes.proof_of(self.phone_proof)
        typed = {"challenge": str(self.phone_code.pk), "code": phone_codes.code_of(self.phone_code)}
        typed_wrong = {"challenge": [*text, "", "x"], "code": [*text, ""]}
        newcomer_wrong = {"name": [*text, ""], "date_of_birth": [*NEVER_A_DATE, "2099-01-01"], "gender": NEVER_A_CHOICE}
        newcomer = {"name": "New", "date_of_birth": born, "gender": ""}
        person = claiming.key_of(self.phone_proof, self.rahima)
        return [
            Call("nobody", "POST", "/auth/otp/request", {"phone": "01812345678"}, {"phone": [*text, "", "call me"]}),
            Call("nobody", "POST", "/auth/otp/verify", typed, typed_wrong),
            Call(
                "nobody",
                "POST",
                "/auth/otp/login",
                {"proof": proof, "person": person, "date_of_birth": born, "patient_number": "", "card_code": ""},
                {
                    "proof": [*text, "", "x"],
                    "person": [*text, "", "x"],
                    "date_of_birth": [*NEVER_A_DATE, "2099-01-01"],
                    "patient_number": text,
                    "card_code": text,
                },
                frozenset(["patient_number", "card_code"]),
            ),
            Call("alice", "POST", "/auth/otp/confirm", typed, typed_wrong),
            Call(
                "nobody",
                "POST",
                "/auth/register",
                {"phone": "01812345678", **newcomer},
                {"phone": [*text, "call me"], **newcomer_wrong},
                frozenset(["phone", "gender"]),
            ),
            Call(
                "nobody",
                "POST",
                "/auth/register",
                {"proof": proof, **newcomer},
                {"proof": [*text, "x"], **newcomer_wrong},
                frozenset(["proof", "gender"]),
            ),
        ]

    def link_calls(self) -> list[Call]:
        text = NEVER_A_TEXT
        secret = [5, [], {}, "", "\ud800", "x" * 3000]
        link = {"uid": "MQ", "token": "a-b"}
        return [
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
                "alice",
                "POST",
                "/auth/email/change",
                {"email": "alice.new@example.com", "current_password": PASSWORD},
                {"email": [*text, "", "x", "alice@example.com"], "current_password": [*secret, "wrong"]},
            ),
            *(
                Call(
                    "nobody",
                    "POST",
                    f"/auth/email/change/{way}",
                    {"token": "a"},
                    {"token": [5, [], "\ud800", "x" * 3000]},
                )
                for way in ("confirm", "undo")
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
        ]

    def profile_calls(self) -> list[Call]:
        text = NEVER_A_TEXT
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
        return [
            Call("alice", "PUT", "/auth/profile", whole_profile, profile_wrong, frozenset(whole_profile) - {"name"}),
            Call("alice", "PATCH", "/auth/profile", whole_profile, profile_wrong, frozenset(whole_profile)),
        ]

    def family_calls(self) -> list[Call]:
        text, day = NEVER_A_TEXT, [*NEVER_A_DATE, "2099-01-01"]
        child = {"name": "Nila", "name_bn": "", "date_of_birth": "2024-03-01", "gender": "female", "relation": "father"}
        wish = {"patient": self.tara.pk, "fact": "mother_name", "wanted": "Rina", "reason": "her certificate"}
        nobody = ["x", [], {}, -1, 0, 2**63, 1.5, True, "1"]
        return [
            Call(
                "bob",
                "POST",
                "/patients/",
                child,
                {
                    "name": [*text, "", "7"],
                    "name_bn": text,
                    "date_of_birth": [*day, "1990-01-01"],
                    "gender": NEVER_A_CHOICE,
                    "relation": NEVER_A_CHOICE,
                },
                frozenset(["name_bn", "gender", "relation"]),
            ),
            Call(
                "bob",
                "POST",
                "/patients/corrections",
                wish,
                {
                    "patient": nobody,
                    "fact": [*NEVER_A_CHOICE, "email"],
                    "wanted": [*text, "7", "x" * 151],
                    "reason": [*text, "", "why"],
                },
                frozenset(["patient"]),
            ),
        ]

    def doctor_calls(self) -> list[Call]:
        text = NEVER_A_TEXT
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
        absence = {"starts_at": "2030-01-01T10:00:00+06:00", "ends_at": "2030-01-02T10:00:00+06:00", "reason": "x"}
        absence_wrong = {"starts_at": NEVER_AN_INSTANT, "ends_at": NEVER_AN_INSTANT, "reason": text}
        return [
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
        ]

    def visit_calls(self) -> list[Call]:
        carol, text = self.dr_carol.pk, NEVER_A_TEXT
        day, clock = f"{soon(5)}", "11:00"
        review = {"rating": 5, "comment": "She listens."}
        review_wrong = {"rating": [*NEVER_A_NUMBER, 0, 6, "5"], "comment": text}
        return [
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
        ]

    def blog_calls(self) -> list[Call]:
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
