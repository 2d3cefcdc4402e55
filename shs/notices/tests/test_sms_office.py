"""SMS in the office and the API: the list of texts, choices, and whom the desk has to call."""

from datetime import timedelta

from django.db import connection
from django.test import Client, TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from shs.appointment.board import flags_of
from shs.appointment.models import Appointment
from shs.core.tests.misbehaving import answers
from shs.notices.kinds import Kind
from shs.notices.models import Notice, SmsChoice, State
from shs.notices.reach import contacts_of, phone_of
from shs.notices.tests.texting import PHONE, Texting
from shs.testing import Api, TestUsers
from shs.users import contacts

LIST = reverse("admin:notices_notice_changelist")
VISITS = reverse("admin:appointment_appointment_changelist")


def as_(user) -> Client:
    client = Client()
    client.force_login(user, backend="shs.users.backends.EmailBackend")
    return client


class Outbox(Texting, TestUsers, TestCase):
    def test_it_shows_segments_cost_and_a_masked_number_but_no_code(self):
        self.told()
        code = self.told(Kind.IDENTITY_CODE, data={"visit_id": self.visit.pk})
        self.send_to(answers({}))
        page = as_(self.frank).get(LIST, {"tab": "sms"}).content.decode()
        self.assertTrue("••• 678" in page and "1 · 0.40 BDT" in page)
        self.assertFalse("1712345" in page)
        preview = as_(self.frank).get(reverse("admin:notices_notice_preview", args=[code.pk])).content.decode()
        self.assertIn("Your code for the front desk: .", preview)

    def test_an_admin_notes_a_call(self):
        self.give_phone(self.alice, "")
        told = self.told()
        self.send_to()
        as_(self.frank).post(reverse("admin:notices_notice_step", args=[told.pk, "called"]))
        told.refresh_from_db()
        self.assertEqual((told.state, told.history.get().history_user), (State.CALLED, self.frank))


class ToCall(Texting, TestUsers, TestCase):
    """The desk's list of visits."""

    def setUp(self):
        super().setUp()
        self.give_phone(self.alice, "")
        rows = Notice.objects.without_history("as if nothing had reached her").filter(user=self.alice, kind="booked")
        rows.update(state=State.CALL, channel="app", error="x")

    def flags(self, visit: Appointment) -> list[str]:
        return [str(flag.text) for flag in flags_of(self.erin, [visit], timezone.now())[visit.pk]]

    def test_the_desk_sees_whom_to_call_until_it_has_called(self):
        self.assertIn("call", self.flags(self.visit))
        page = as_(self.erin).get(VISITS, {"tab": "all"}).content.decode()
        self.assertRegex(page, r"shs-label-danger\">call<")
        data = {"action": "called_chosen", "_selected_action": [self.visit.pk]}
        answer = as_(self.erin).post(f"{VISITS}?tab=all", data, follow=True).content.decode()
        self.assertIn("1 patient is marked as told by phone.", answer)
        self.assertNotIn("call", self.flags(self.visit))
        told = Notice.objects.get(user=self.alice, kind="booked")
        self.assertEqual((told.state, told.history.get().history_user), (State.CALLED, self.erin))

    def test_a_visit_that_is_over_needs_no_call(self):
        self.visit.starts_at = timezone.now() - timedelta(minutes=1)
        self.assertNotIn("call", self.flags(self.visit))

    def test_it_takes_one_query_for_any_number_of_visits(self):
        visits = [self.visit, *(Appointment(pk=pk, starts_at=timezone.now()) for pk in range(900, 930))]
        counts = []
        for rows in (visits[:1], visits):
            with CaptureQueriesContext(connection) as caught:
                flags_of(self.frank, rows, timezone.now())
            counts.append(sum("notices_notice" in query["sql"] for query in caught))
        self.assertEqual(counts, [1, 1])

    def test_a_stranger_cannot_note_a_call(self):
        data = {"action": "called_chosen", "_selected_action": [self.visit.pk]}
        as_(self.dave).post(f"{VISITS}?tab=all", data)
        self.assertEqual(Notice.objects.get(user=self.alice, kind="booked").state, State.CALL)


class Delays(TestUsers, TestCase):
    def post(self, **data):
        chosen = {"action": "delay_chosen", "_selected_action": [self.visit.pk], **data}
        return as_(self.erin).post(f"{VISITS}?tab=all", chosen, follow=True).content.decode()

    def test_the_desk_tells_that_the_doctor_is_late_once_for_each_delay(self):
        self.assertIn("Tell the patients", self.post())
        self.assertIn("1 patient is told.", self.post(decided="yes", minutes="40"))
        self.assertIn("No message was sent about 1 visit", self.post(decided="yes", minutes="40"))
        self.assertIn("1 patient is told.", self.post(decided="yes", minutes="60"))
        told = Notice.objects.filter(user=self.alice, kind=Kind.DOCTOR_LATE)
        self.assertEqual(sorted(row.data["minutes"] for row in told), [40, 60])

    def test_no_other_number_of_minutes_is_taken(self):
        for minutes in ("", "4", "4000", "many"):
            with self.subTest(minutes=minutes):
                page = self.post(decided="yes", minutes=minutes)
                self.assertIn("Tell the patients", page)
                self.assertNotIn("patient is told", page)


class Choices(TestUsers, TestCase):
    PATH = "/notifications/preferences"

    def test_a_person_chooses_in_the_app(self):
        api = Api(self.alice)
        self.assertEqual(api.get(self.PATH).json()["sms"], "if_needed")
        self.assertEqual(api.patch(self.PATH, {"sms": "first"}).json()["sms"], "first")
        self.assertEqual(api.get(self.PATH).json()["sms"], "first")
        api.patch(self.PATH, {"sms": "never"})
        self.assertEqual(SmsChoice.objects.get(user=self.alice).history.count(), 2)
        self.assertEqual(api.patch(self.PATH, {"sms": "pigeon"}).status_code, 422)
        self.assertEqual(api.patch(self.PATH, {"language": "bn"}).json()["sms"], "never")

    def test_the_office_chooses_for_them(self):
        add = reverse("admin:notices_smschoice_add")
        as_(self.frank).post(add, {"user": self.alice.pk, "sms": "never"})
        choice = SmsChoice.objects.get(user=self.alice)
        self.assertEqual(choice.sms, "never")
        as_(self.frank).post(reverse("admin:notices_smschoice_change", args=[choice.pk]), {"sms": "first"})
        choice.refresh_from_db()
        self.assertEqual((choice.sms, choice.user), ("first", self.alice))


class Reach(TestUsers, TestCase):
    def test_numbers_are_read_for_many_people_with_as_many_queries_as_for_one(self):
        contacts.set_phone(person=self.alice, text="01712-345678", now=timezone.now())
        people = [self.alice.pk, self.bob.pk, self.carol.pk]
        with self.assertNumQueries(3):
            found = contacts_of(people)
        self.assertEqual([found[pk].phone for pk in people], [PHONE, None, None])
        self.assertEqual(phone_of(self.alice), PHONE)
        self.assertEqual(contacts_of([2**40])[2**40].phone, None)
