"""The dashboards: each number equals the number of rows of the list that it links to, for each demo user."""

from datetime import time, timedelta
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.test import Client, SimpleTestCase, TestCase, tag
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from shs.appointment.models import Appointment
from shs.appointment.services.status import leave_unanswered
from shs.blog import services as blog
from shs.core.admin.graphs import Graph, Label, Series, months_back, round_up, weeks_back
from shs.core.due.models import JobRun
from shs.core.reads.log import log_read
from shs.core.reads.models import ReadLog
from shs.doctors import services as doctors
from shs.doctors.models import DoctorInformation, Verification
from shs.prescription import services as prescriptions
from shs.prescription.models import Prescription
from shs.testing import Api, EveryModel, make_doctor, make_user, soon
from shs.tests.prepared import prepared
from shs.users.models import Duty, Role

MOST = 12
NAMES = ("frank", "grace", "erin", "henry", "carol", "irene")


class Dashboards(EveryModel, TestCase):
    @classmethod
    @prepared
    def make_people(cls):
        """A row of every model, and at least one row behind each number."""
        super().make_people()
        now = timezone.now()
        cls.late = make_doctor(make_user("Dr. Late", Role.DOCTOR), cls.clinic, status=Verification.PENDING)
        cls.move(cls.late, submitted_at=now - timedelta(days=20))
        decided = make_doctor(make_user("Dr. Decided", Role.DOCTOR), cls.clinic)
        cls.move(decided, submitted_at=now - timedelta(days=3), decided_at=now - timedelta(days=1))
        cls.move(cls.dr_carol, license_expires_on=soon(12))
        doctors.add_time_off(
            doctor=cls.dr_carol, starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=1), reason="a course"
        )
        cls.book(patient=cls.bob, day=soon(1), at=time(11))
        missed = cls.book(patient=cls.bob, day=soon(-4), at=time(12), now=now - timedelta(days=9))
        missed.confirm(now=now - timedelta(days=9))
        missed.miss()
        left = cls.book(patient=cls.bob, day=soon(-3), at=time(15), now=now - timedelta(days=9))
        left.confirm(now=now - timedelta(days=9))
        leave_unanswered(cls.book(patient=cls.bob, day=soon(-4), at=time(15), now=now - timedelta(days=9)))
        cls.at_present(cls.book(patient=cls.bob, day=soon(5), at=time(12)), now)
        JobRun.objects.create(name="mark_missed", started_at=now, finished_at=now, error="no answer")
        written = cls.take_place(patient=cls.bob, days=1)
        prescriptions.begin(draft=Prescription(diagnosis="a cold"), visit=written, by=cls.carol, now=now)
        cls.take_place(patient=cls.bob, days=2)
        for number in range(3):
            log_read(cls.frank, what="chart", ids=[number], subject=cls.bob, basis=ReadLog.Basis.CARE)
        log_read(cls.irene, what="export core.readlog", ids=[1], note="the yearly report")
        log_read(cls.erin, what="chart", ids=[], subject=cls.bob, basis=ReadLog.Basis.DENIED)
        blog.write(user=cls.carol, title="Sugar", content="<p>Less sugar.</p>", submit=True, now=now)

    @classmethod
    def move(cls, row: DoctorInformation, **changes) -> None:
        DoctorInformation.objects.without_history("a test sets the clock").filter(pk=row.pk).update(**changes)

    @classmethod
    def at_present(cls, visit: Appointment, now) -> None:
        """Move the visit to now, whatever the time of day is: a minute before could be yesterday."""
        Appointment.objects.without_history("a test sets the clock").filter(pk=visit.pk).update(
            starts_at=now, ends_at=now + timedelta(minutes=1)
        )

    def sign_in(self, user) -> Client:
        client = Client()
        client.force_login(user, backend="shs.users.backends.EmailBackend")
        return client

    def dashboards(self, user) -> list[Any]:
        answer = self.sign_in(user).get(reverse("admin:index"))
        self.assertEqual(answer.status_code, 200)
        return answer.context["dashboards"]

    def cards(self, user) -> dict[str, Any]:
        return {str(card.title): card for dashboard in self.dashboards(user) for card in dashboard.cards}

    def rows_at(self, client: Client, url: str) -> int:
        """How many rows the page at `url` lists."""
        answer = client.get(url)
        self.assertEqual(answer.status_code, 200, url)
        if "cl" in answer.context:
            return answer.context["cl"].result_count
        return answer.context["page"].paginator.count if "page" in answer.context else answer.context["count"]


class Agreement(Dashboards):
    def test_each_number_is_the_count_of_its_list(self):
        for name in NAMES:
            user = self.people[name]
            client = self.sign_in(user)
            for title, card in self.cards(user).items():
                with self.subTest(who=name, card=title):
                    if card.listed is None:
                        self.assertEqual(client.get(card.url).status_code, 200)
                    else:
                        self.assertEqual(card.listed, self.rows_at(client, card.url))

    def test_follow_ups_of_a_doctor_are_those_of_what_they_prescribed_as_in_the_app(self):
        issued = Prescription.objects.without_history("a test").filter(status="issued", doctor=self.dr_carol)
        kept = issued.order_by("pk").values_list("pk", flat=True)[:1]
        of_test = Prescription.objects.without_history("a test").filter(pk__in=list(kept))
        of_test.update(follow_up_date=soon(1))
        for changes, number in (({}, 1), ({"doctor": self.dr_dave, "patient": self.carol}, 0)):
            of_test.update(**changes)
            cache.clear()
            with self.subTest(number=number):
                self.assertEqual(self.cards(self.carol)["Follow-ups due"].listed, number)
                told = Api(self.carol).get("/summary").json()["doctor"]["follow_ups"]
                self.assertEqual(told["count"], number)

    def test_each_linked_legend_is_the_count_of_its_list(self):
        client = self.sign_in(self.irene)
        series = [
            series for dashboard in self.dashboards(self.irene) for graph in dashboard.graphs for series in graph.series
        ]
        self.assertGreaterEqual(len(series), 3)
        for one in series:
            with self.subTest(series=str(one.label)):
                self.assertEqual(one.total, self.rows_at(client, one.url))

    def test_each_row_of_a_panel_links_to_a_page(self):
        for name in NAMES:
            client = self.sign_in(self.people[name])
            for dashboard in self.dashboards(self.people[name]):
                for panel in dashboard.panels:
                    for title, _detail, url, _is_late in panel.rows:
                        with self.subTest(who=name, panel=str(panel.title), row=str(title)):
                            self.assertEqual(client.get(url).status_code, 200)

    def test_the_numbers_are_not_all_zero(self):
        expected = {
            "frank": {
                "Applications waiting": 2,
                "Late applications": 1,
                "Open reports": 1,
                "Missed": "20.0%",
                "Failed jobs": 1,
            },
            "grace": {"Mine": 1, "Late": 1, "Time to a decision": "48 h", "Licences about to expire": 1},
            "erin": {
                "Now and next": 1,
                "Unconfirmed tomorrow": 1,
                "Away today": 1,
                "No outcome recorded": 1,
                "Not answered": 1,
            },
            "henry": {"To moderate": 2, "Articles to review": 1, "Open reports": 1},
            "carol": {"Visits without an entry": 2, "Prescriptions to issue": 1, "My rating": "4.0"},
            "irene": {"Emergency access to review": 1, "Refused reads": 1, "Exports": 1},
        }
        for name, numbers in expected.items():
            shown = {title: card.value for title, card in self.cards(self.people[name]).items()}
            with self.subTest(who=name):
                self.assertEqual({title: shown[title] for title in numbers}, numbers)


class DoNext(Dashboards):
    def test_each_dashboard_begins_with_what_to_do_next(self):
        expected = {
            "frank": ("1 scheduled job has failed", reverse("admin:system")),
            "grace": ("1 application is yours to decide", "?tab=mine"),
            "erin": ("Bob", "/change/"),
            "henry": ("Comment", reverse("admin:moderation")),
            "irene": ("Dr. Wendy → Bob", "breakglass"),
            "dave": ("Your application: In review", "/change/"),
        }
        for who, (title, url) in expected.items():
            step = self.dashboards(self.people[who])[0].next
            with self.subTest(who=who):
                self.assertIn(title, str(step.title))
                self.assertIn(url, step.url)
                self.assertContains(self.sign_in(self.people[who]).get(step.url), "<h1")

    def test_an_applicant_reads_what_comes_next(self):
        for status, words in {
            Verification.PENDING: "An officer decides within 5 working days.",
            Verification.NEEDS_INFO: "The officer asks: Which council? Your answer",
            Verification.REJECTED: "You can correct your profile and apply again.",
            Verification.SUSPENDED: "Patients cannot find you.",
            Verification.EXPIRED: "Upload the renewed licence",
        }.items():
            self.move(self.dr_dave, verification_status=status, verification_note="Which council?")
            with self.subTest(status=status):
                self.assertIn(words, str(self.dashboards(self.dave)[0].next.detail))

    def test_if_nothing_waits_it_says_so(self):
        DoctorInformation.objects.without_history("a test").filter(pk=self.dr_carol.pk).update(license_expires_on=None)
        new = make_user("Dr. New", Role.DOCTOR)
        make_doctor(new, self.clinic)
        self.assertContains(self.sign_in(new).get(reverse("admin:index")), "Nothing to do right now.")


class Licence(Dashboards):
    def test_a_doctor_sees_when_the_licence_ends_and_it_is_red_once_it_has(self):
        for days, note, is_late in ((12, "in 12 days", False), (0, "in 0 days", False), (-1, "expired", True)):
            self.move(self.dr_carol, license_expires_on=soon(days))
            card = self.cards(self.carol)["My licence expires"]
            with self.subTest(days=days):
                self.assertEqual((str(card.note), card.is_late), (note, is_late))
        self.move(self.dr_carol, license_expires_on=None)
        self.assertEqual(self.cards(self.carol)["My licence expires"].value, "–")


class WhoSeesWhat(Dashboards):
    def test_each_user_sees_their_own_dashboard(self):
        titles = {name: [str(dashboard.title) for dashboard in self.dashboards(self.people[name])] for name in NAMES}
        self.assertEqual(
            titles,
            {
                "frank": ["System"],
                "grace": ["Verification"],
                "erin": ["Clinic desk"],
                "henry": ["Moderation"],
                "carol": ["My day"],
                "irene": ["Compliance"],
            },
        )

    def test_a_user_with_two_duties_sees_two_dashboards(self):
        both = make_user("Both", Role.STAFF, duty=Duty.VERIFICATION)
        both.groups.add(self.henry.groups.get())
        self.assertEqual([str(dashboard.title) for dashboard in self.dashboards(both)], ["Verification", "Moderation"])

    def test_a_user_without_duty_sees_a_message(self):
        nobody = make_user("Nora", Role.STAFF)
        self.assertContains(self.sign_in(nobody).get(reverse("admin:index")), "You have no duties yet.")

    def test_free_slots_are_shown_to_users_who_can_book(self):
        for name in NAMES:
            status = self.sign_in(self.people[name]).get(reverse("admin:free_today")).status_code
            with self.subTest(who=name):
                self.assertEqual(status, 200 if name in {"frank", "erin"} else 403)

    def test_only_late_items_are_red(self):
        self.move(self.late, submitted_at=timezone.now())
        cache.clear()
        for name in NAMES:
            page = self.sign_in(self.people[name]).get(reverse("admin:index")).content.decode()
            with self.subTest(who=name):
                self.assertTrue("shs-late" not in page, "Something is shown as late.")
        self.move(self.late, submitted_at=timezone.now() - timedelta(days=20))
        self.assertContains(self.sign_in(self.grace).get(reverse("admin:index")), "shs-late")


@tag("any_database")
class Cost(Dashboards):
    def test_a_dashboard_needs_at_most_twelve_queries(self):
        for name in NAMES:
            client = self.sign_in(self.people[name])
            client.get(reverse("admin:index"))
            with CaptureQueriesContext(connection) as caught:
                client.get(reverse("admin:index"))
            with self.subTest(who=name):
                self.assertLessEqual(len(caught), MOST, [query["sql"][:110] for query in caught])

    def test_the_counts_of_the_sidebar_are_cached_per_user_for_a_minute(self):
        cache.clear()
        client = self.sign_in(self.grace)
        first = client.get(reverse("admin:index")).content.decode()
        make_doctor(make_user("Dr. New", Role.DOCTOR), self.clinic, status=Verification.PENDING)
        page = reverse("admin:credentialing_doctordocument_changelist")
        with CaptureQueriesContext(connection) as caught:
            client.get(page)
        counted = [query for query in caught if 'MIN("doctors_doctorinformation"."submitted_at")' in query["sql"]]
        self.assertEqual(counted, [])
        self.assertTrue("Doctor applications" in first, "The entry of the sidebar is missing.")
        cache.clear()
        with CaptureQueriesContext(connection) as caught:
            client.get(page)
        self.assertTrue(any("MIN(" in query["sql"] for query in caught), "The counts were not queried again.")


class Graphs(SimpleTestCase):
    def chart(self, *series: Series) -> Graph:
        labels = [Label(str(at), "", f"day {at}") for at in range(len(series[0].values))]
        return Graph("Visits", labels, series, "Nothing yet.")

    def test_an_axis_ends_with_a_round_number_above_the_highest_column(self):
        chart = self.chart(Series("a", [3, 9], 1), Series("b", [1, 4], 2))
        self.assertEqual(chart.highest, 20)
        self.assertEqual([tick["value"] for tick in chart.ticks], ["0", "4", "8", "12", "16", "20"])
        self.assertEqual([round_up(value) for value in (0, 5, 6, 11, 21, 51, 101)], [5, 5, 10, 20, 50, 100, 200])

    def test_the_heights_of_the_parts_are_proportional(self):
        chart = self.chart(Series("a", [5], 1), Series("b", [3], 2))
        self.assertEqual([part["height"] for part in chart.columns[0]["parts"]], ["50.00", "30.00"])

    def test_the_table_has_every_number(self):
        chart = self.chart(Series("a", [3, 9], 1), Series("b", [1, 4], 2))
        self.assertEqual([row["values"] for row in chart.rows], [["3", "1"], ["9", "4"]])

    def test_an_empty_graph_shows_a_message(self):
        self.assertTrue(self.chart(Series("a", [0, 0], 1)).is_empty)

    def test_weeks_begin_on_a_sunday_and_months_on_their_first_day(self):
        day = soon()
        self.assertTrue(all(week.weekday() == 6 for week in weeks_back(day, 8)))
        self.assertTrue(0 <= (day - weeks_back(day, 8)[-1]).days < 7)
        self.assertEqual([month.day for month in months_back(day, 14)], [1] * 14)
        self.assertEqual(months_back(day, 1)[0], day.replace(day=1))
