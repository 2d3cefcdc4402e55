"""Proofs of identity by the patient's card, and by a code to their phone."""

from datetime import time

from django.utils import timezone

from shs.appointment import services as visits
from shs.appointment.models import Appointment
from shs.core.errors import StepRefused
from shs.notices.kinds import Kind
from shs.notices.letters import SECRETS
from shs.notices.models import Notice
from shs.notices.tests.texting import gateway_at
from shs.prescription.tests.test_identity import NONE, Base
from shs.testing import later, limits
from shs.users import cards, contacts
from shs.users.models import ContactPoint


class CardTests(Base):
    def test_the_code_of_the_card_opens_it_until_the_card_is_replaced(self):
        visit = self.walk_in(NONE)
        self.assertFalse(self.erin.has_perm("users.card_user", self.zara), "Who has proven nothing gets no card.")
        code = cards.card_of(self.zara, shown_to=self.frank).shown
        cards.replace(person=self.zara, reason="lost")
        for wrong in (code, "", "K7QX", "x" * 20):
            self.assertEqual(self.step(visit, "prove", how="card", card=wrong).status_code, 200, wrong)
        self.assertIsNone(self.reads())
        self.zara.card.refresh_from_db()
        typed = f" {self.zara.card.shown.lower()} "
        self.assertEqual(self.step(visit, "prove", how="card", card=typed).status_code, 302)
        self.assertEqual(self.reads(), "care")
        visit.refresh_from_db()
        self.assertEqual((visit.identity, visit.identity_checks.latest("pk").how), ("card", "card"))
        self.assertNotIn(self.zara.card.code, str(list(visit.identity_checks.values())))
        self.assertTrue(self.erin.has_perm("users.card_user", self.zara))

    @limits(card=(3, 0))
    def test_wrong_codes_of_a_card_are_counted_for_the_patient_also_at_a_check_in(self):
        code = cards.card_of(self.zara, shown_to=self.frank).shown
        booked = visits.book(
            patient=self.zara,
            doctor_id=self.dr_carol.pk,
            date=timezone.localdate(),
            time=time(9, 20),
            now=timezone.now(),
            source=Appointment.Source.DESK,
            confirms=True,
        )
        for _try in range(3):
            self.assertContains(self.step(booked, "receive", how="card", card="AAAA-AAAA"), "not the code")
        self.assertContains(self.step(booked, "receive", how="card", card=code), "Too many requests")
        with later(hours=1):
            visits.check_in(visit=booked, proof=visits.Proof("card", card=code), by=self.erin, now=timezone.now())
        self.assertEqual(booked.identity, "card")

    def test_a_wrong_code_counts_also_where_the_patient_is_checked_in(self):
        booked = visits.book(
            patient=self.zara,
            doctor_id=self.dr_carol.pk,
            date=timezone.localdate(),
            time=time(9, 20),
            now=timezone.now(),
            source=Appointment.Source.DESK,
            confirms=True,
        )
        self.step(booked, "send_code")
        for _try in range(5):
            self.assertContains(self.step(booked, "receive", how="code", code="1"), "wrong or too old")
        self.assertContains(self.step(booked, "receive", how="code", code="1"), "Too many wrong codes")

    def test_a_code_by_sms_goes_to_the_confirmed_phone_also_of_who_has_an_address(self):
        visit = self.walk_in(NONE)
        contacts.set_phone(person=self.zara, text="01712345678", now=timezone.now())
        self.assertContains(self.step(visit, "send_code_by_sms"), "no confirmed phone")
        ContactPoint.objects.phones().get(person=self.zara).confirm(now=timezone.now())
        self.assertContains(self.step(visit, "send_code_by_sms"), "no texts can be sent")
        with gateway_at("http://127.0.0.1:9/"):
            self.assertEqual(self.step(visit, "send_code_by_sms").status_code, 302)
        (told,) = Notice.objects.filter(kind=Kind.IDENTITY_CODE)
        self.assertEqual((told.channel, self.told("Your code for the front desk")), ("sms", []))
        code = SECRETS[told.kind](told)["code"]
        self.assertEqual(self.step(visit, "prove", how="code", code=code).status_code, 302)
        visit.refresh_from_db()
        self.assertEqual((visit.identity, self.reads()), ("phone", "care"))

    def test_a_card_does_not_count_while_an_objection_waits(self):
        first = self.walk_in()
        visits.object_to(visit=first, by=self.zara, now=timezone.now())
        code = cards.card_of(self.zara, shown_to=self.frank).shown
        with self.assertRaises(StepRefused):
            self.walk_in(visits.Proof("card", card=code))
