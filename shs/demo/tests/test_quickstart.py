import threading
from io import StringIO
from unittest import mock

from django.contrib.auth.password_validation import validate_password
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.test import TestCase, override_settings
from django.utils import timezone

from shs.appointment.models import Appointment
from shs.core.due.models import JobRun
from shs.core.seeding.marks import PASSWORD, PHARMACY, address
from shs.core.seeding.rows import Size
from shs.demo.logins import BACK_OFFICE, LOGINS
from shs.demo.tests.network import Network, fill
from shs.doctors.models import DoctorInformation
from shs.testing import Api, make_user, pass_checks
from shs.users.models import Role, User
from shs.users.seeding import account

TINY = Size(doctors=2, patients=2, days=4)
RUN = "django.core.management.commands.runserver.run"
"""Opens the port and answers requests until Ctrl-C; replaced in these tests."""


@override_settings(DEBUG=True)
class QuickstartBase(Network, TestCase):
    """The command without its server."""

    @classmethod
    def start(cls, *arguments, during=None):
        """The output until the port was opened, and the address of the server."""
        out, served = StringIO(), []

        def run(address, port, handler, *, on_bind, **options):
            on_bind(port)
            served.append((address, port))
            if during:
                during()

        small = mock.patch("shs.demo.seed.Size", return_value=TINY)
        # Django closes its connections before it serves; the test's connection must stay open.
        stay = mock.patch("django.core.management.commands.runserver.connections.all", return_value=[])
        with mock.patch(RUN, side_effect=run), small, stay:
            call_command("quickstart", *arguments, stdout=out)
        return out.getvalue(), served


class QuickstartTests(QuickstartBase):
    """The first start."""

    @classmethod
    def setUpTestData(cls):
        """There are no accounts at first."""

    def test_due_work_runs_before_and_while_it_serves(self):
        def look():
            alive.append("due-work" in {thread.name for thread in threading.enumerate()})
            ran.append(JobRun.objects.filter(name="deliver_notices", error="").exists())

        alive, ran = [], []
        look()
        self.start(during=look)
        look()
        self.assertEqual(alive, [False, True, False])  # before, during and after serving
        self.assertEqual(ran, [False, True, True])

    def test_an_invalid_port_is_refused(self):
        with self.assertRaisesMessage(CommandError, "must be a whole number from 1 to 65535"):
            self.start("--port", "70000")

    @override_settings(MEDIA_ROOT="/dev/null/media")
    def test_an_unwritable_folder_is_reported_before_anything_is_created(self):
        with self.assertRaisesMessage(CommandError, "Nothing can be stored in /dev/null/media (Not a directory)"):
            self.start()
        self.assertFalse(User.objects.exists())

    def test_an_unreachable_database_is_reported_in_one_line(self):
        away = mock.patch.object(connection, "ensure_connection", side_effect=OperationalError("connection refused"))
        with away, self.assertRaisesMessage(CommandError, "cannot be reached: connection refused"):
            self.start()

    def test_it_refuses_a_database_with_other_accounts(self):
        make_user("Alice", Role.PATIENT)
        with self.assertRaisesMessage(CommandError, "accounts that the demo did not make"):
            self.start()
        self.assertEqual(User.objects.count(), 1)

    def test_it_refuses_a_used_database_to_which_the_demo_was_added(self):
        make_user("Alice", Role.PATIENT)
        fill(TINY)
        with self.assertRaisesMessage(CommandError, "accounts that the demo did not make"):
            self.start()

    @override_settings(DEBUG=False)
    def test_it_refuses_without_debug(self):
        with self.assertRaisesMessage(CommandError, "DEBUG is off"):
            self.start()
        self.assertFalse(User.objects.exists())


class StartedTests(QuickstartBase):
    """After the first start, which has filled an empty database."""

    @classmethod
    def setUpTestData(cls):
        cls.out, cls.served = cls.start()

    def test_it_fills_an_empty_database_and_serves_on_localhost_only(self):
        self.assertEqual(User.objects.filter(role=Role.DOCTOR).count(), TINY.doctors)
        self.assertEqual(self.served, [("127.0.0.1", 8000)])

    def test_it_serves_on_the_given_port(self):
        out, served = self.start("--port", "8123")
        self.assertEqual(served, [("127.0.0.1", 8123)])
        self.assertIn("http://127.0.0.1:8123/", out)

    def test_each_step_prints_a_line_and_the_logins_are_last(self):
        lines = [line for line in self.out.splitlines() if line.strip()]
        for words in ("Creating the tables", "Adding the fictitious", "Running due jobs", "Serving on "):
            with self.subTest(words):
                self.assertTrue(any(line.startswith(words) for line in lines), lines)
        self.assertTrue(any(line.startswith("  ") and line.endswith(" doctors") for line in lines), lines)
        self.assertEqual(lines[-len(LOGINS) - 1], "Demo accounts:")

    def test_each_login_is_one_line(self):
        lines = self.out.splitlines()
        for login in LOGINS:
            with self.subTest(login.who):
                line = next(line for line in lines if address(login.who) in line)
                self.assertIn(PASSWORD, line)
                self.assertIn(login.does, line)

    def test_the_second_start_adds_nothing(self):
        before = User.objects.count()
        out, _served = self.start()
        self.assertEqual(User.objects.count(), before)
        self.assertNotIn("Added ", out)

    def test_it_starts_again_after_somebody_registered_in_the_demo(self):
        make_user("Alice", Role.PATIENT)
        _out, served = self.start()
        self.assertEqual(len(served), 1)


class SeedCommandTests(Network, TestCase):
    """seed_bd_data."""

    @classmethod
    def setUpTestData(cls):
        """There are no accounts at first."""

    def test_it_creates_the_given_size_and_prints_progress(self):
        out = StringIO()
        call_command("seed_bd_data", "--seed", "7", "--doctors", "3", "--patients", "5", "--days", "6", stdout=out)
        self.assertEqual(DoctorInformation.objects.count(), 3)
        for line in ("  3 doctors", "  5 patients", "  visits of 5 patients", PASSWORD):
            self.assertIn(line, out.getvalue())

    def test_an_invalid_size_is_refused(self):
        for name, value in (("--doctors", "0"), ("--patients", "-1"), ("--days", "many"), ("--days", "366")):
            with self.subTest(name, value=value), self.assertRaises(CommandError):
                call_command("seed_bd_data", name, value)


class LoginTests(Network, TestCase):
    """The accounts that quickstart prints."""

    def test_the_password_passes_the_validators_for_each_account(self):
        for login in LOGINS:
            validate_password(PASSWORD, account(login.who))

    def test_staff_doctors_and_admins_can_log_in_to_the_admin(self):
        for login in LOGINS:
            with self.subTest(login.who):
                self.client.logout()
                form = {"username": address(login.who), "password": PASSWORD}
                self.client.post("/admin/login/?next=/admin/", form)
                expected = "/admin/" if login.page == BACK_OFFICE else "/admin/login/"
                begins = {PHARMACY: "/admin/pharmacy/"}.get(login.who, expected)
                self.assertEqual(self.client.get("/admin/", follow=True).request["PATH_INFO"], begins)

    def test_the_pharmacy_has_given_out_something_lately(self):
        self.client.force_login(account(PHARMACY), backend="shs.users.backends.EmailBackend")
        shown = self.client.get("/admin/pharmacy/").context["dispensings"]
        self.assertGreater(len(shown), 3)
        self.assertTrue(any(line.extent != "all" and line.note for one in shown for line in one.lines))

    def test_patients_and_doctors_log_in_to_the_api(self):
        for who in ("patient1", "doctor1", "doctor2"):
            with self.subTest(who):
                answer = Api().post("/auth/login", {"email": address(who), "password": PASSWORD})
                self.assertEqual((answer.status_code, answer.json()["user"]["email"]), (200, address(who)))

    def test_the_two_doctors_have_the_printed_status(self):
        self.assertEqual(account("doctor1").doctor.verification_status, "approved")
        self.assertEqual(account("doctor2").doctor.verification_status, "pending")

    def test_the_patient_has_visits(self):
        mine = Api(account("patient1")).get("/appointments/my-appointments").json()
        self.assertEqual(len(mine["items"]), Appointment.objects.filter(patient=account("patient1")).count())
        self.assertGreater(len(mine["items"]), 0)

    def test_the_waiting_doctor_can_be_found_and_booked_after_approval(self):
        doctor, patient = account("doctor2").doctor, Api(account("patient1"))
        self.assertEqual(patient.get(f"/doctors/{doctor.pk}").status_code, 404)
        pass_checks(doctor, account("admin"))
        doctor.approve(now=timezone.now())
        found = patient.get("/doctors/search", q=doctor.name).json()["items"]
        self.assertEqual([row["id"] for row in found], [doctor.pk])
        slot = next(slot for slot in patient.get(f"/doctors/{doctor.pk}/slots").json() if slot["available"])
        answer = patient.post("/appointments/", {"doctor": doctor.pk, "date": slot["date"], "time": slot["time"]})
        self.assertEqual(answer.status_code, 201, answer.content)
