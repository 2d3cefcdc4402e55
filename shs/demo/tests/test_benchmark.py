"""The benchmark: the rows that it makes, what requests ask for, and what its report says."""

from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, connection
from django.db.models import Count
from django.test import TestCase
from django.utils import timezone

from shs.appointment.models import Appointment
from shs.core.reads.models import ReadLog
from shs.core.seeding.rows import Size
from shs.demo.benchmark import changes, report
from shs.demo.benchmark.bare import Bare
from shs.demo.benchmark.cases import api_cases
from shs.demo.benchmark.copies import ROUNDS, Copier, copies_of, finish
from shs.demo.benchmark.data import fill, weeks_of_visits
from shs.demo.benchmark.measure import look
from shs.demo.benchmark.pages import page_cases
from shs.medical_record.models import MedicalRecord
from shs.prescription.models import Prescription
from shs.users.models import User

SMALL = Size(doctors=3, patients=6, days=21)


class Rows(TestCase):
    @classmethod
    def setUpTestData(cls):
        fill(0, base=SMALL, say=lambda line: None)
        cls.visits, cls.doctors = Appointment.objects.count(), User.objects.filter(role="doctor").count()
        cls.entries, cls.lines = MedicalRecord.objects.count(), Appointment.history.count()

    def test_copies_have_rows_in_proportion(self):
        made = self.grown(2)
        self.assertEqual(Appointment.objects.count(), made * self.visits)
        self.assertEqual(MedicalRecord.objects.count(), made * self.entries)
        self.assertEqual(Appointment.history.count(), made * self.lines)
        self.assertGreaterEqual(ReadLog.objects.count(), made * self.visits)

    def test_copies_have_patients_of_their_own_and_share_doctors_for_some_rounds(self):
        self.grown(ROUNDS + 1)
        self.assertEqual(User.objects.filter(role="doctor").count(), 2 * self.doctors)
        busy = Appointment.objects.values("patient").annotate(rows=Count("pk"))
        self.assertLessEqual(max(row["rows"] for row in busy), self.visits)

    def test_copied_prescriptions_are_sealed(self):
        self.grown(2)
        self.assertEqual([row.pk for row in Prescription.objects.all() if not row.is_intact()], [])

    def test_new_rows_follow_the_copies(self):
        self.grown(2)
        User.objects.create_user("new@example.com", None, name="New")
        connection.check_constraints()

    def grown(self, times: int) -> int:
        """Grow to `times` as many visits as there are."""
        copier = Copier()
        for copy in copies_of(times - 1, stride=copier.stride, period=7 * weeks_of_visits()):
            copier.add(copy)
        finish()
        return times


class Cases(TestCase):
    def setUp(self):
        fill(0, base=SMALL, say=lambda line: None)
        for signal in (request_started, request_finished):
            # The application would close the connection, and with it the test's transaction.
            signal.disconnect(close_old_connections)
            self.addCleanup(signal.connect, close_old_connections)
        bare = Bare()
        self.addCleanup(bare.close)
        self.cases = api_cases(bare, now=timezone.now(), rounds=2)

    def test_each_case_is_answered_within_its_budget_of_queries_and_bytes(self):
        application = get_wsgi_application()
        for case in self.cases:
            with self.subTest(case=case.name):
                queries, answer = look(application, case)
                measured = {"queries": len(queries), "bytes": len(answer.content)}
                self.assertEqual(report.over_counts(case.name, measured), [])

    def test_each_page_is_answered(self):
        application = get_wsgi_application()
        for case in page_cases():
            with self.subTest(page=case.name):
                _queries, answer = look(application, case)
                self.assertIn(b"<", answer.content)

    def test_each_case_of_the_budget_exists(self):
        self.assertLessEqual(report.budget()["cases"].keys(), {case.name for case in self.cases})


class Reports(TestCase):
    def report(self, **given) -> report.Report:
        case = {"us": 100.0, "bare_us": 50.0, "ratio": 2.0, "queries": 1, "bytes": 10}
        return {"database": "sqlite", "size": "10k", "speed": 10.0, "cases": {"chart": case}} | given

    def test_a_ratio_over_the_budget_is_named(self):
        self.assertEqual(report.over_budget(self.report()), [])
        slow = self.report(cases={"chart": {"us": 1.0, "ratio": 99.0, "queries": 1, "bytes": 1}})
        (problem,) = report.over_budget(slow)
        self.assertIn("chart: 99.00 times", problem)

    def test_growth_is_held_between_sizes_and_by_the_speed_of_the_machine(self):
        slower = self.report(size="1m", speed=20.0)
        self.assertEqual(report.compared(slower, self.report())[1], [])
        (problem,) = report.compared(self.report(size="1m"), self.report(speed=20.0))[1]
        self.assertIn("grew 2.00 times", problem)
        self.assertEqual(report.compared(self.report(), self.report(speed=20.0))[1], [])

    def test_a_report_is_a_table_with_a_line_for_each_case(self):
        self.assertTrue(any(line.startswith("chart ") for line in report.table(self.report())))


class AllChanges(TestCase):
    def test_each_question_is_asked_of_both_lists(self):
        fill(0, base=Size(doctors=2, patients=4, days=20), say=lambda line: None)
        changes.prepare()
        for question in changes.questions():
            with self.subTest(question=question.name):
                self.assertTrue(question.every(), "no change")
                self.assertTrue(question.plain(), "no line")
        timings = changes.measure(rounds=1)
        self.assertEqual(len({timing.question for timing in timings}), 5)
        self.assertTrue(all(timing.ratio > 0 for timing in timings))
