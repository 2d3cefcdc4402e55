"""The benchmark: its rows, its requests and its report."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, connection
from django.db.models import Count
from django.test import TestCase, tag
from django.utils import timezone

from shs.appointment.models import Appointment
from shs.core.reads.models import ReadLog
from shs.core.seeding.rows import Size
from shs.credentialing.models import RegisterEntry
from shs.demo.benchmark import brands, changes, files, finding, measure, peers, report, served, stock
from shs.demo.benchmark.bare import Bare
from shs.demo.benchmark.cases import Case, api_cases
from shs.demo.benchmark.copies import ROUNDS, Copier, copies_of, finish
from shs.demo.benchmark.data import fill, weeks_of_visits
from shs.demo.benchmark.pages import page_cases
from shs.medical_record.models import MedicalRecord
from shs.prescription.models import Brand, Prescription
from shs.testing import CommittedTestCase, StandingClock
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

    def test_copies_have_their_own_patients_and_share_doctors(self):
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
        """Grow the tables to `times` as many visits."""
        copier = Copier()
        for copy in copies_of(times - 1, stride=copier.stride, period=7 * weeks_of_visits()):
            copier.add(copy)
        finish()
        return times


class Cases(StandingClock, TestCase):
    """The clock stands still: what the first request of a case has cached must not expire before the second, however
    slow the machine is."""

    @classmethod
    def setUpTestData(cls):
        # So many that each booking is of another pair of doctor and patient.
        fill(0, base=SMALL._replace(doctors=5, patients=12), say=lambda line: None)

    def setUp(self):
        for signal in (request_started, request_finished):
            # The application would close the connection, which would end the test's transaction.
            signal.disconnect(close_old_connections)

    def tearDown(self):
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)

    @contextmanager
    def cases(self) -> Iterator[list[Case]]:
        """Not an attribute: a failure in another process is sent here together with the test's attributes, and a case
        cannot be."""
        bare = Bare()
        try:
            yield api_cases(bare, now=timezone.now(), rounds=2)
        finally:
            bare.close()

    def test_each_case_stays_within_its_budget_of_queries_and_bytes(self):
        application = get_wsgi_application()
        with self.cases() as cases:
            for case in cases:
                with self.subTest(case=case.name):
                    queries, answer = measure.look(application, case)
                    measured = {"queries": len(queries), "bytes": len(answer.content)}
                    self.assertEqual(report.over_counts(case.name, measured), [])

    def test_each_page_is_200_and_stays_within_its_budget(self):
        application = get_wsgi_application()
        for case in page_cases():
            with self.subTest(page=case.name):
                queries, answer = measure.look(application, case)
                self.assertIn(b"<", answer.content)
                measured = {"queries": len(queries), "bytes": len(answer.content)}
                self.assertEqual(report.over_counts(case.name, measured), [])

    def test_each_installed_peer_answers_with_the_same_rows(self):
        applications = {"ours": get_wsgi_application()}
        applications |= {peer.name: peers.application(peer) for peer in peers.installed()}
        with self.cases() as cases:
            for case in (case for case in cases if case.name in peers.NAMES):
                answers = {name: measure.look(one, case)[1] for name, one in applications.items()}
                contents = {name: self.content_of(json.loads(answer.content)) for name, answer in answers.items()}
                for name, content in contents.items():
                    with self.subTest(peer=name, case=case.name):
                        self.assertEqual(content, contents["ours"])

    def content_of(self, answer) -> list[object]:
        """What both answers must have in common: the ids of a list, whatever its envelope is, the times of slots, or
        the names of the fields of a single row."""
        rows = answer if isinstance(answer, list) else answer.get("items", answer.get("results"))
        return sorted(answer) if rows is None else [row.get("id", row.get("starts_at")) for row in rows]

    def test_the_budget_names_existing_cases_only(self):
        with self.cases() as cases:
            known = {case.name for case in (*cases, *page_cases())}
        self.assertLessEqual(report.budget()["cases"].keys(), known)


class Files(TestCase):
    def test_exports_and_imports_stay_within_their_budget_and_imports_leave_nothing(self):
        fill(0, base=SMALL, say=lambda line: None)
        for signal in files.SIGNALS:
            signal.disconnect(close_old_connections)
            self.addCleanup(signal.connect, close_old_connections)
        before = RegisterEntry.objects.count()
        with mock.patch.object(files, "IMPORTED", 1_000):
            timings = list(files.measure_files(get_wsgi_application(), rounds=1))
        self.assertEqual([problem for timing in timings for problem in timing.over_budget()], [])
        self.assertEqual(len(timings), 9)
        self.assertEqual(RegisterEntry.objects.count(), before)

    def test_what_exceeds_the_budget_is_reported(self):
        large = files.FileTiming("export of visits, CSV", 10, 1.0, mib=99.0)
        asking = files.FileTiming("import of new rows", 10, 1.0, queries=120)
        self.assertIn("99.0 MiB", large.over_budget()[0])
        self.assertIn("12.000 queries a row", asking.over_budget()[0])


@tag("race")
class ServedRequests(CommittedTestCase):
    def test_each_request_is_answered_by_a_real_server(self):
        fill(0, base=SMALL, say=lambda line: None)
        with mock.patch.object(served, "APPLICATION", "shs.demo.tests.served_application"):
            results = list(served.measure_served(seconds=0.3))
        self.assertEqual(len(results), 3)
        for result in results:
            with self.subTest(request=result.name):
                self.assertGreater(result.per_second, 0)
                self.assertTrue(0 < result.p50 <= result.p95 <= result.highest)


class Stock(TestCase):
    def test_each_page_is_compared_with_that_of_djangos_own_admin(self):
        fill(0, base=SMALL, say=lambda line: None)
        costs = list(stock.measure_stock(rounds=1))
        self.assertEqual([cost.kind for cost in costs], ["list", "form"] * len(stock.CASES))
        self.assertTrue(all(cost.ours and cost.stock for cost in costs))

    def test_what_exceeds_the_budget_is_reported(self):
        self.assertEqual(stock.PageCost("list", "list of visits", 1.5, 1.0).over_budget(), [])
        (problem,) = stock.PageCost("form", "form of visits", 1.5, 1.0).over_budget()
        self.assertIn("1.50 times Django's own, at most 1.3", problem)


class Reports(TestCase):
    def report(self, **given) -> report.Report:
        case = {"us": 100.0, "speed_us": given.pop("speed_us", 10.0), "bare_us": 50.0, "ratio": 2.0}
        return {"database": "sqlite", "size": "10k", "cases": {"chart": case | {"queries": 1, "bytes": 10}}} | given

    def test_a_ratio_over_the_budget_is_reported(self):
        self.assertEqual(report.over_budget(self.report()), [])
        slow = self.report(cases={"chart": {"us": 1.0, "ratio": 99.0, "queries": 1, "bytes": 1}})
        (problem,) = report.over_budget(slow)
        self.assertIn("chart: 99.00 times", problem)

    def test_peers_are_columns_and_ours_is_shown_as_a_share_of_theirs(self):
        case = {"us": 100.0, "speed_us": 10.0, "peers_us": {"drf": 400.0}, "queries": 1, "bytes": 10}
        before = self.report(cases={"chart": case, "profile": {"us": 1.0, "queries": 1, "bytes": 1}})
        now = self.report(cases={"chart": case | {"us": 200.0}})
        self.assertIn("  drf  ", report.table(now)[1])
        self.assertIn("  400  ", report.table(now)[2])
        lines, _problems = report.compared(now, before)
        self.assertIn("of drf", lines[0])
        self.assertTrue(lines[1].endswith("0.25   0.50"), lines[1])
        self.assertNotIn("of drf", report.compared(now, self.report())[0][0])

    def test_a_peer_whose_package_is_missing_is_left_out_in_one_line(self):
        with mock.patch.object(peers, "find_spec", lambda name: name == "ninja"):
            self.assertEqual([peer.name for peer in peers.installed()], ["ninja"])
            (line,) = peers.left_out()
        self.assertEqual(line, "Not measured: drf. Install it by: pip install -r shs/demo/benchmark/requirements.txt")

    def test_growth_is_compared_between_sizes_and_scaled_by_machine_speed(self):
        slower = self.report(size="1m", speed_us=20.0)
        self.assertEqual(report.compared(slower, self.report())[1], [])
        (problem,) = report.compared(self.report(size="1m"), self.report(speed_us=20.0))[1]
        self.assertIn("grew 2.00 times", problem)
        self.assertEqual(report.compared(self.report(), self.report(speed_us=20.0))[1], [])

    def test_a_report_is_a_table_with_a_line_for_each_case(self):
        self.assertTrue(any(line.startswith("chart ") for line in report.table(self.report())))


class Brands(TestCase):
    def test_brands_are_added_and_found_in_each_way(self):
        brands.add_brands(60)
        self.assertEqual(Brand.objects.values("name").distinct().count(), 60)
        found = {one.name: one.rows for one in brands.measure_brands(rounds=1)}
        self.assertEqual(set(found), set(report.budget()["brands"]))
        self.assertEqual([name for name, rows in found.items() if not rows], ["search, nothing found"])

    def test_a_search_over_its_budget_is_named(self):
        most = report.budget()["brands"]["search, three letters"]
        self.assertEqual(brands.BrandCost("search, three letters", most, 1, 1).over_budget(), [])
        (problem,) = brands.BrandCost("search, three letters", 2 * most, 1, 1).over_budget()
        self.assertIn(f"at most {most}", problem)


class Finding(TestCase):
    def test_people_are_added_and_found_in_each_way(self):
        fill(0, base=SMALL, say=lambda line: None)
        finding.add_people(User.objects.count() + 40, say=lambda line: None)
        found = {one.name: one.rows for one in finding.measure_finding(rounds=1)}
        all_seen = {name: rows for name, rows in found.items() if name.startswith(("admin: ", "emergency: "))}
        nobody = [name for name, rows in all_seen.items() if not rows and "visits" not in name]
        self.assertEqual(nobody, ["admin: nobody of that name", "emergency: nobody of that name"])
        self.assertEqual(found["admin: whole phone"], 1)
        self.assertEqual(found["desk1: whole phone"], 0, "a patient of no visit at that clinic")
        self.assertTrue(found["desk1: who may be the same as a newcomer"])

    def test_a_search_over_its_time_is_named(self):
        self.assertEqual(finding.Found("quick", finding.MOST_MS, 1).over_budget(), [])
        self.assertIn("slow: 51 ms", finding.Found("slow", finding.MOST_MS + 1, 1).over_budget()[0])


class AllChanges(TestCase):
    def test_both_lists_are_measured_with_each_filter(self):
        fill(0, base=Size(doctors=2, patients=4, days=20), say=lambda line: None)
        changes.prepare()
        for question in changes.questions():
            with self.subTest(question=question.name):
                self.assertTrue(question.every(), "no change")
                self.assertTrue(question.plain(), "no line")
        timings = changes.measure(rounds=1)
        self.assertEqual(len({timing.question for timing in timings}), 5)
        self.assertTrue(all(timing.ratio > 0 for timing in timings))
