"""The waiting list: who asks to come earlier, and the page behind the link of an offer."""

from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from shs.appointment import services
from shs.appointment.earlier_notices import code_of
from shs.appointment.models import CancelledBy, EarlierOffer, EarlierWish, Outcome, Status, WishState
from shs.appointment.services import Cause, Suits, ask_earlier
from shs.appointment.tests.waiting import NEVER_QUIET, Waiting
from shs.core.errors import Invalid, StepRefused
from shs.notices.models import Notice
from shs.testing import Api, make_user, soon
from shs.users import families
from shs.users.models import Guardianship, Role


@NEVER_QUIET
class Asking(Waiting, TestCase):
    def post(self, user, **body):
        return Api(user).post("/appointments/earlier/", body)

    def test_one_asks_once_sees_the_wish_and_leaves_the_list(self):
        answer = self.post(self.bob, visit=self.visits[0].pk, weekdays=[0, 3], from_time="09:30")
        self.assertEqual(answer.status_code, 201, answer.content)
        wish = answer.json()
        self.assertEqual((wish["to_date"], wish["weekdays"], wish["from_time"]), (f"{self.late}", [0, 3], "09:30"))
        self.assertEqual((wish["clinic"]["name"], wish["state"]), ("Lakeside Clinic", "waiting"))
        self.assertEqual(self.post(self.bob, visit=self.visits[0].pk).status_code, 409)
        self.assertEqual(self.post(self.bob, doctor=self.dr_carol.pk).status_code, 409, "the same list")
        self.assertEqual(self.post(self.alice, visit=self.visits[0].pk).status_code, 404)
        self.assertEqual(Api(self.alice).delete(f"/appointments/earlier/{wish['id']}").status_code, 404)
        self.assertEqual(Api(self.bob).delete(f"/appointments/earlier/{wish['id']}").status_code, 204)
        self.assertEqual(Api(self.bob).delete(f"/appointments/earlier/{wish['id']}").status_code, 409)
        listed = Api(self.bob).get("/appointments/earlier/").json()
        self.assertEqual([row["state"] for row in listed["items"]], ["withdrawn"])
        self.assertEqual(self.post(self.bob, visit=self.visits[0].pk).status_code, 201)

    def test_what_cannot_be_is_refused_with_the_field(self):
        yesterday, far = f"{soon(-1)}", f"{soon(1)}"
        for body, field in (
            ({}, "doctor"),
            ({"specialization": 10**9, "clinic": self.clinic.pk}, "doctor"),
            ({"specialization": self.dr_carol.specializations.first().pk}, "clinic"),
            ({"doctor": self.dr_carol.pk, "clinic": self.other_clinic.pk}, "clinic"),
            ({"doctor": self.dr_carol.pk, "to_date": yesterday}, "to_date"),
            ({"doctor": self.dr_carol.pk, "from_date": f"{soon(5)}", "to_date": far}, "from_date"),
            ({"doctor": self.dr_carol.pk, "from_time": "12:00", "to_time": "11:00"}, "to_time"),
            ({"doctor": self.dr_carol.pk, "weekdays": [7]}, "weekdays"),
            ({"doctor": self.dr_carol.pk, "weekdays": ["x"]}, "weekdays"),
        ):
            with self.subTest(**body):
                answer = self.post(self.others[4], **body)
                self.assertEqual(answer.status_code, 422, answer.content)
                self.assertIn(field, answer.content.decode())
        self.assertEqual(self.post(self.others[4], doctor=10**9).status_code, 404)
        self.assertFalse(EarlierWish.objects.exists())

    def test_without_a_visit_the_first_free_time_is_offered_and_booked(self):
        who = self.others[4]
        specialty = self.dr_carol.specializations.first().pk
        for body in ({"doctor": self.dr_carol.pk}, {"specialization": specialty, "clinic": self.clinic.pk}):
            with self.subTest(**body):
                self.assertEqual(self.post(who, **body).status_code, 201)
                self.free("specialization" in body)
                self.run_due()
                (offer,) = Api(who).get("/appointments/earlier/offers").json()
                answer = Api(who).post(f"/appointments/earlier/offers/{offer['id']}/accept")
                self.assertEqual(answer.status_code, 200, answer.content)
                self.assertEqual(answer.json()["status"], "pending")
                wish = EarlierWish.objects.get(patient=who)
                self.assertEqual((wish.state, wish.visit_id), (WishState.SERVED, answer.json()["id"]))
                visit = wish.visit
                self.assertEqual((visit.source, visit.identity), ("app", "app"))
                services.cancel(visit=visit, cause=Cause(CancelledBy.PATIENT))
                EarlierOffer.objects.without_history("next case").all().delete()
                EarlierWish.objects.without_history("next case").all().delete()

    def act_for(self, guardian, dependant) -> None:
        link = Guardianship(
            guardian=guardian,
            dependant=dependant,
            relation="father",
            document="passport",
            last_four="1234",
            reason="the mother said so",
        )
        families.add_at_desk(link=link, by=self.frank, now=timezone.now())

    def test_a_guardian_asks_and_accepts_and_a_stranger_does_not(self):
        child = make_user("Child", Role.PATIENT)
        self.act_for(self.bob, child)
        self.assertEqual(self.post(self.alice, patient=child.pk, doctor=self.dr_carol.pk).status_code, 404)
        answer = self.post(self.bob, patient=child.pk, doctor=self.dr_carol.pk)
        self.assertEqual(answer.status_code, 201, answer.content)
        self.free()
        self.run_due()
        self.assertTrue(Notice.objects.filter(user=self.bob, kind="earlier_offer").exists())
        listed = Api(self.bob).get("/appointments/earlier/", patient=child.pk).json()["items"]
        offer = listed[0]["offer"]
        self.assertEqual(Api(self.bob).post(f"/appointments/earlier/offers/{offer['id']}/accept").status_code, 200)
        self.assertEqual(child.appointments.live().count(), 1)

    def test_whoever_is_no_patient_does_not_ask(self):
        for user in (self.carol, self.frank):
            self.assertEqual(self.post(user, doctor=self.dr_carol.pk).status_code, 403)
        with self.assertRaises(Invalid):
            ask_earlier(
                patient=self.carol, doctor_id=self.dr_carol.pk, suits=Suits(), by=self.frank, now=timezone.now()
            )
        with self.assertRaises(StepRefused):
            services.cancel(visit=self.visits[0], cause=Cause(CancelledBy.PATIENT))
            ask_earlier(patient=self.bob, visit=self.visits[0], suits=Suits(), now=timezone.now())


@NEVER_QUIET
class Link(Waiting, TestCase):
    """The page behind the link of a message, without a login."""

    def setUp(self):
        self.wish = self.ask()
        self.free()
        self.run_due()
        self.offer = EarlierOffer.objects.get()
        self.client = Client()
        self.url = f"{reverse('earlier_offer')}?o={code_of(self.offer.pk)}"

    def state(self) -> str:
        return EarlierOffer.objects.get(pk=self.offer.pk).outcome

    def test_opening_it_changes_nothing_and_a_button_accepts(self):
        for method in (self.client.get, self.client.head):
            self.assertEqual(method(f"{self.url}&answer=accept").status_code, 200)
        page = self.client.get(self.url)
        self.assertContains(page, "Dr. Carol")
        self.assertNotContains(page, "Bob")
        self.assertEqual(self.state(), Outcome.OPEN)
        self.assertEqual(self.client.post(self.url).status_code, 422)
        self.assertEqual(self.state(), Outcome.OPEN)
        for _time in range(2):
            self.assertContains(self.client.post(self.url, {"answer": "accept"}), "is on")
        self.assertContains(self.client.get(self.url), "is on")
        self.visits[0].refresh_from_db()
        self.assertEqual(self.visits[0].starts_at, self.offer.starts_at)

    def test_it_declines_and_says_so_when_it_is_too_late(self):
        self.assertContains(self.client.post(self.url, {"answer": "decline"}), "keep your place")
        self.assertEqual(self.state(), Outcome.DECLINED)
        self.assertEqual(self.client.get(self.url).status_code, 409)
        self.assertEqual(self.client.post(self.url, {"answer": "accept"}).status_code, 409)

    def test_a_wrong_link_opens_nothing(self):
        code = code_of(self.offer.pk)
        wrong = [
            code[:-1],
            f"{code[:-1]}{'0' if code[-1] != '0' else '1'}",
            f"{self.offer.pk + 1}-{code[-24:]}",
            "",
            "é",
        ]
        for one in [*wrong, "9" * 40, f"{self.offer.pk}-"]:
            with self.subTest(one):
                for call in (self.client.get, self.client.post):
                    self.assertEqual(call(reverse("earlier_offer"), {"o": one}).status_code, 404)

    def test_whom_the_desk_put_on_the_list_gets_a_confirmed_visit(self):
        services.withdraw_wish(wish=self.wish, now=timezone.now())
        who = self.others[4]
        ask_earlier(patient=who, doctor_id=self.dr_carol.pk, suits=Suits(), by=self.erin, now=timezone.now())
        self.run_due()
        offer = EarlierOffer.objects.open().get()
        self.client.post(f"{reverse('earlier_offer')}?o={code_of(offer.pk)}", {"answer": "accept"})
        visit = who.appointments.get()
        self.assertEqual((visit.status, visit.source, visit.identity), (Status.CONFIRMED, "desk", "none"))
