"""Queries of an API answer: no more than its limit, and as many for 30 rows as for 1."""

from datetime import timedelta

from django.db import connection
from django.test import TestCase, override_settings, tag
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shs.blog import services as blog
from shs.doctors import services as doctors
from shs.doctors.models import DoctorSpecialization
from shs.testing import Api, EveryModel, make_doctor, make_user, publish_article, soon
from shs.users.models import Role


@tag("any_database")
class QueryCounts(EveryModel, TestCase):
    def count(self, caller: Api, path: str, **query) -> int:
        """The queries of one request that is answered with 200."""
        with CaptureQueriesContext(
            connection,
        ) as caught:
            response = caller.get(path, **query)
        self.assertEqual(response.status_code, 200, response.content[:200])
        return len(caught)

    @classmethod
    def fill(cls) -> None:
        """Add 29 rows of each listed model."""
        extra = DoctorSpecialization.objects.exclude(slug="cardiology").order_by("pk")[:2]
        for number in range(29):
            doctor = make_doctor(make_user(f"Dr. Number{number}", Role.DOCTOR), cls.clinic)
            doctor.specializations.add(*extra)
            doctors.refresh_derived(doctor)
            patient = make_user(f"Patient{number}", Role.PATIENT)
            doctors.review(doctor=cls.dr_carol, patient=patient, rating=1 + number % 5)
            post = publish_article(cls.carol, f"Hands {number}", tags=["Hygiene", f"Tag {number}"])
            blog.comment(post=cls.article, user=patient, content="Thank you.", now=timezone.now())
            blog.comment(post=post, user=patient, content="Thank you.", now=timezone.now())
            slots = doctor.availability.first().clocks()
            cls.book(day=soon(3 + number // 10), at=slots[number % 10])
            start = timezone.now() + timedelta(days=40 + number)
            doctors.add_time_off(doctor=cls.dr_carol, starts_at=start, ends_at=start + timedelta(hours=1))

    def lists(self) -> dict[str, tuple[Api, str, dict, int]]:
        """Name → test user, method, path, and the number of queries allowed, with the one of the authentication."""
        pk = self.dr_carol.pk
        nobody, alice, carol = Api(), Api(self.alice), Api(self.carol)
        every = {"page_size": 100}
        return {
            "search": (nobody, "/doctors/search", every, 2),
            "search for words": (nobody, "/doctors/search", {**every, "q": "card", "location": "dhaka"}, 2),
            "search with all filters": (
                nobody,
                "/doctors/search",
                {**every, "language": "bangla", "available_on": f"{soon(60)}", "max_fees": "900", "ordering": "-fees"},
                4,  # also whether a clinic is closed or a period is on
            ),
            "search of a specialty": (nobody, "/doctors/search", {**every, "specialty": "cardiology"}, 3),
            "specializations": (nobody, "/doctors/specializations", {}, 1),
            "articles": (nobody, "/blogs/", every, 2),
            "articles with words": (nobody, "/blogs/", {**every, "q": "hands", "tag": "hygiene"}, 2),
            "an article": (nobody, f"/blogs/{self.article.pk}", {}, 3),
            "categories": (nobody, "/blogs/categories", {}, 1),
            "comments": (nobody, f"/blogs/{self.article.pk}/comments", every, 2),
            "reviews": (nobody, f"/doctors/{pk}/reviews", every, 3),
            "detail": (nobody, f"/doctors/{pk}", {}, 2),
            "slots": (nobody, f"/doctors/{pk}/slots", {"from": f"{soon(2)}", "to": f"{soon(32)}"}, 7),
            "my appointments": (alice, "/appointments/my-appointments", every, 3),
            "my coming appointments": (alice, "/appointments/my-appointments", {**every, "when": "upcoming"}, 3),
            "a doctor's appointments": (carol, "/appointments/doctor-appointments", every, 3),
            "a doctor's day": (carol, "/appointments/doctor-appointments", {**every, "date": f"{soon(3)}"}, 3),
            "a visit": (alice, f"/appointments/{self.visit.pk}", {}, 3),
            "working hours": (carol, "/doctors/me/availability", {}, 3),
            "time off": (carol, "/doctors/me/time-off", {}, 3),
            "documents": (carol, "/doctors/me/documents", {}, 3),
        }

    def test_every_list_needs_no_more_queries_for_30_rows_than_for_1(self):
        # The first request of a process fills caches.
        before = {name: self.count(*call[:2], **call[2]) for name, call in self.lists().items() for _again in (1, 2)}
        self.fill()
        for name, (caller, path, query, most) in self.lists().items():
            with self.subTest(list=name):
                # What the process remembers for some seconds may have expired while the rows were made.
                first, second = (self.count(caller, path, **query) for _again in (1, 2))
                self.assertEqual(second, before[name])
                self.assertLessEqual(first, most)

    @override_settings(MAX_OPEN_VISITS=1000)
    def test_with_many_rows_a_booking_needs_no_more_queries_and_a_list_of_several_pages_one_for_the_count(self):
        fields = {"doctor": self.dr_carol.pk, "time": "11:00"}
        caller = Api(self.bob)
        caller.post("/appointments/", {**fields, "date": f"{soon(8)}"})
        with CaptureQueriesContext(connection) as first:
            self.assertEqual(caller.post("/appointments/", {**fields, "date": f"{soon(9)}"}).status_code, 201)
        self.fill()
        self.assertLessEqual(self.count(Api(), "/doctors/search"), 2)
        self.assertLessEqual(self.count(Api(self.alice), "/appointments/my-appointments"), 3)
        with CaptureQueriesContext(connection) as second:
            self.assertEqual(caller.post("/appointments/", {**fields, "date": f"{soon(10)}"}).status_code, 201)
        self.assertEqual(len(first), len(second))
