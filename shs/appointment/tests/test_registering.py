"""Registering at the desk: the rules, who is shown as a possible double, the dialog, and unknown patients."""

from datetime import timedelta
from uuid import uuid4

from django.contrib.auth import authenticate
from django.core.cache import cache
from django.db import connection
from django.test import SimpleTestCase, TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from shs.appointment import services
from shs.appointment.models import Appointment, Identity, Registration, Status
from shs.appointment.services import Newcomer
from shs.appointment.tests.test_desk import SEEN, Desk, at
from shs.core.errors import Invalid, StepRefused
from shs.core.grants.held import give
from shs.core.grants.models import ObjectGrant
from shs.core.reads.models import ReadLog
from shs.doctors.models import Clinic
from shs.testing import CommittedTestCase, TestUsers, at_once, make_doctor, make_user
from shs.users.contacts import set_phone
from shs.users.models import ContactPoint, PatientCard, Role, User, UserProfile

PHONE = "01712-345678"
RAHIM = Newcomer(name="Rahim Uddin", phone=PHONE, birth="45", gender="male")
UNKNOWN = Newcomer(birth="40", gender="male", is_unknown=True, circumstances="found beside the road, blue shirt")


class AtTheDesk(Desk):
    def register(self, newcomer: Newcomer = RAHIM, clinic: Clinic | None = None, **more) -> User:
        wanted = {"clinic": clinic or self.clinic, "by": self.erin, "now": at(9), **more}
        return services.register(newcomer=newcomer, **wanted)

    def send(self, user=None, page: str = "desk_register", now=None, **data):
        """The answer to the dialog as it is sent by a desk, with a key of its own."""
        typed = {"doctor": self.dr_carol.pk, "when": "now", **data}
        with self.clock(now or at(9)):
            return self.as_user(user or self.erin).post(reverse(f"admin:{page}"), typed, follow=True)

    def newcomer(self, **more) -> dict[str, object]:
        return {"name": "Rahim Uddin", "phone": PHONE, "birth": "45", "gender": "male", **more}


class Rules(AtTheDesk, TestCase):
    def test_a_newcomer_has_name_phone_age_and_sex_and_no_login(self):
        person = self.register()
        self.assertEqual((person.name, person.name_bn, person.role), ("Rahim Uddin", "", Role.PATIENT))
        self.assertFalse(person.has_login or person.has_usable_password())
        self.assertIsNone(authenticate(None, username=person.login_name, password=""))
        self.assertEqual(ContactPoint.objects.number_of(person.pk), "+8801712345678")
        self.assertEqual(person.profile.shown_age(timezone.localdate()), "about 45 years")
        self.assertEqual(person.profile.gender, "male")

    def test_each_thing_that_is_missing_or_wrong_is_refused_with_a_sentence(self):
        wrong = {
            "name": [{"name": ""}, {"name": "7"}, {"name": "x" * 151}],
            "phone": [{"phone": "12"}],
            "no_phone": [{"phone": ""}],
            "birth": [{"birth": ""}, {"birth": "31/02/1990"}, {"birth": "400"}],
            "gender": [{"gender": ""}, {"gender": "x"}],
        }
        for field, cases in wrong.items():
            for case in cases:
                with self.subTest(**case), self.assertRaises(Invalid) as refused:
                    self.register(Newcomer(**{**vars(RAHIM), **case}))
                self.assertEqual(refused.exception.field, field)
        self.assertFalse(Registration.objects.exists())

    def test_who_has_no_phone_needs_a_reason_which_is_kept(self):
        self.register(Newcomer(**{**vars(RAHIM), "phone": "", "no_phone": "lives with a neighbour"}))
        self.assertEqual(Registration.objects.get().no_phone, "lives with a neighbour")

    def test_a_name_in_bangla_alone_is_both_names(self):
        person = self.register(Newcomer(**{**vars(RAHIM), "name": "রহিম উদ্দিন"}))
        self.assertEqual((person.name, person.name_bn), ("রহিম উদ্দিন", "রহিম উদ্দিন"))

    def test_the_phone_of_a_login_leads_to_a_new_person_and_leaves_the_login_alone(self):
        set_phone(person=self.alice, text=PHONE, now=at(8))
        before = self.alice.history.count()
        person = self.register()
        self.assertNotEqual(person.pk, self.alice.pk)
        self.assertEqual(self.alice.history.count(), before)
        self.assertEqual(ContactPoint.objects.of_phone("+8801712345678").count(), 2)

    def test_the_history_says_who_registered_where(self):
        self.send(self.erin, **self.newcomer(when=""))
        person = User.objects.get(name="Rahim Uddin")
        first = person.history.earliest("history_id")
        self.assertEqual(first.history_user, self.erin)
        self.assertEqual(first.history_change_reason, "registered at the desk of Lakeside Clinic")
        self.assertEqual(person.registrations.get().by, self.erin)

    def test_the_first_visit_of_a_newcomer_needs_no_proof_and_the_next_one_does(self):
        person = self.register()
        visit = self.walk_in(at(9), person, proof=None)
        self.assertEqual(visit.identity, Identity.REGISTERED)
        visit.complete(now=at(11))
        with self.assertRaises(Invalid):
            self.walk_in(at(12), person, proof=None)
        self.assertEqual(self.walk_in(at(12), person, proof=SEEN).identity, Identity.DOCUMENT)

    def test_who_was_registered_on_another_day_or_elsewhere_is_no_newcomer(self):
        early = self.register(now=at(9, days=-1))
        elsewhere = self.register(clinic=self.other_clinic)
        for person in (early, elsewhere, self.bob):
            with self.subTest(who=person.name), self.assertRaises(Invalid):
                self.walk_in(at(9), person, proof=None)


class Unknown(AtTheDesk, TestCase):
    def test_the_name_is_made_of_sex_and_age_in_both_languages_whatever_the_desk_reads(self):
        for language in ("en", "bn"):
            with self.subTest(language=language), translation.override(language):
                person = self.register(UNKNOWN)
                self.assertEqual(person.name, "Unknown, male, about 40 years")
                self.assertTrue(person.name_bn.startswith("অজ্ঞাত, পুরুষ"), person.name_bn)

    def test_the_circumstances_are_needed_and_the_phone_is_not(self):
        with self.assertRaises(Invalid) as refused:
            self.register(Newcomer(birth="40", gender="male", is_unknown=True))
        self.assertEqual(refused.exception.field, "circumstances")

    def test_they_are_listed_until_they_are_recognised(self):
        person = self.register(UNKNOWN)
        self.register()
        page = reverse("admin:appointment_registration_changelist")
        listed = self.as_user(self.erin).get(page)
        self.assert_says(listed, "Unknown, male", "blue shirt")
        self.assert_hides(listed, "Rahim")
        row = Registration.objects.get(person=person)
        services.recognise(registration=row, newcomer=RAHIM, now=at(10))
        person.refresh_from_db()
        self.assertEqual((person.name, person.name_bn), ("Rahim Uddin", ""))
        self.assertEqual(ContactPoint.objects.number_of(person.pk), "+8801712345678")
        self.assert_hides(self.as_user(self.erin).get(page), "Rahim")
        with self.assertRaises(StepRefused):
            services.recognise(registration=row, newcomer=RAHIM, now=at(10))

    def test_another_desk_does_not_see_them(self):
        self.register(UNKNOWN, clinic=self.other_clinic)
        page = self.as_user(self.erin).get(reverse("admin:appointment_registration_changelist"))
        self.assert_hides(page, "Unknown, male")


class Doubles(AtTheDesk, TestCase):
    def setUp(self):
        cache.clear()

    def found(self, user=None, **typed):
        asked = {"name": "", "phone": "", "birth": "", **typed}
        return services.doubles(user or self.erin, **asked, now=at(9, 30))

    def names(self, **typed) -> list[str]:
        return [double.name for double in self.found(**typed)]

    def test_a_like_name_is_shown_with_what_tells_people_apart(self):
        person = self.register()
        self.walk_in(at(9), person, proof=None)
        (found,) = self.found(name="rahim")
        self.assertEqual(found.name, "Rahim Uddin")
        for fact in ("about 45 years", "Male", "••• 678", "last visit", person.patient_number):
            self.assertIn(fact, found.facts)
        self.assertNotIn("01712", found.facts)

    def test_the_year_of_birth_may_differ_by_two(self):
        self.register()
        for age, count in (("45", 1), ("43", 1), ("47", 1), ("41", 0), ("49", 0), ("unclear", 1)):
            with self.subTest(age=age):
                self.assertEqual(len(self.found(name="Rahim", birth=age)), count)

    def test_somebody_whose_age_nobody_knows_is_shown_for_every_age(self):
        self.assertEqual(self.names(name="Alice", birth="30"), ["Alice"])

    def test_by_name_only_those_are_shown_whom_the_desk_may_see(self):
        self.register(clinic=self.other_clinic)
        self.assertEqual(self.names(name="Rahim"), [])
        self.assertEqual(self.names(name="Bob"), [])

    def test_of_others_who_have_the_phone_the_number_or_the_address_the_desk_sees_initials(self):
        person = self.register(clinic=self.other_clinic)
        for typed in ({"phone": "+880 1712 345678"}, {"name": "০১৭১২৩৪৫৬৭৮"}, {"name": person.patient_number}):
            with self.subTest(**typed):
                (found,) = self.found(**typed)
                self.assertEqual((found.person, found.name), (person, "R. U."))
                for fact in ("678", "last visit", person.patient_number):
                    self.assertNotIn(fact, found.facts)
        self.assertEqual(self.names(name="bob@example.com"), ["B."])

    def test_doctors_the_dead_and_the_suspended_are_not_shown(self):
        for person in (self.dave, self.sam):
            set_phone(person=person, text=PHONE, now=at(8))
        dead = self.register()
        dead.note_death(timezone.localdate(), told_by="her son", reason="told")
        self.assertEqual(self.names(phone=PHONE), [])
        self.assertEqual(self.names(name="dave@example.com"), [])

    def test_what_is_shown_and_why_is_logged_once_an_hour(self):
        person = self.register()
        for _key in range(3):
            self.found(name="Rahim", phone=PHONE)
        line = ReadLog.objects.get(what="possible doubles")
        self.assertEqual((line.reader, line.subject, line.note), (self.erin, person, "same phone"))

    def test_the_cost_does_not_grow_with_the_number_of_people(self):
        client, costs = self.as_user(self.erin), []
        client.post(reverse("admin:desk_people"), {"name": "Rahim"})  # the first one notes that the session is in use
        for first in (0, 2):
            for number in range(first, first + 2 + 8 * (first > 0)):
                self.register(Newcomer(**{**vars(RAHIM), "name": f"Rahim {'abcdefghijkl'[number]}i"}))
            cache.clear()
            with self.clock(at(9, 30)), CaptureQueriesContext(connection) as found:
                answer = client.post(reverse("admin:desk_people"), {"name": "Rahim", "phone": PHONE, "birth": "45"})
            costs.append(len(found))
        self.assertEqual(answer.content.count(b'name="seen"'), 6)
        self.assertLessEqual(costs[1], costs[0])
        self.assertLessEqual(costs[1], 30)

    def test_nothing_that_is_typed_is_an_error(self):
        for text in ("", "\x00", "'" * 100, "%", "9" * 150, "@", "a@b", "০" * 40, "ক", "\u200d" * 9):
            with self.subTest(text=text):
                self.found(name=text, phone=text, birth=text)


class Dialog(AtTheDesk, TestCase):
    def setUp(self):
        cache.clear()

    def test_a_newcomer_walks_in(self):
        answer = self.send(**self.newcomer())
        self.assert_says(answer, "Rahim Uddin: at 09:00, serial 1, to Dr. Carol.", "Patient number", "Print slip")
        visit = Appointment.objects.get(patient__name="Rahim Uddin")
        self.assertTrue(visit.waits)
        self.assertEqual(visit.source, "walk_in")

    def test_a_newcomer_is_booked_and_the_visit_is_confirmed(self):
        day = timezone.localdate() + timedelta(days=1)
        self.assert_says(self.send(**self.newcomer(when=f"{day}T10:20")), "at 10:20, serial 5, to Dr. Carol.")
        visit = Appointment.objects.get(patient__name="Rahim Uddin")
        self.assertEqual((visit.status, visit.source), (Status.CONFIRMED, "desk"))

    def test_somebody_known_walks_in_with_proof_or_is_booked(self):
        proof = {"how": "document", "document": "nid", "last_four": "4711"}
        self.assert_says(self.send(name="Alice", person=self.alice.pk), "Choose how the patient proved who they are.")
        self.assert_says(self.send(name="Alice", person=self.alice.pk, **proof), "Alice: at 09:00, serial 1")
        answer = self.send(name="bob@example.com", person=self.bob.pk, now=at(17), **proof)
        self.assert_says(answer, "Bob: an extra visit at 17:00, serial 25, to Dr. Carol.")

    def test_only_people_who_are_shown_or_known_can_be_chosen(self):
        for data in ({"person": self.bob.pk}, {"person": self.dave.pk, "name": "dave@example.com"}, {"person": "x"}):
            with self.subTest(data=data):
                self.assert_says(self.send(**data), "This person cannot be chosen.")
        self.assertFalse(Appointment.objects.filter(source="walk_in").exists())

    def test_a_double_that_was_not_shown_yet_is_shown_before_anybody_is_registered(self):
        first = self.register()
        answer = self.send(**self.newcomer())
        self.assert_says(answer, "Check first", "same phone", first.patient_number)
        self.assertEqual(Registration.objects.count(), 1)
        self.send(**self.newcomer(seen=first.pk))
        self.assertEqual(Registration.objects.count(), 2)

    def test_the_same_form_sent_twice_registers_once(self):
        key = uuid4()
        first = self.send(**self.newcomer(once=key))
        again = self.send(**self.newcomer(once=key))
        changed = self.send(**self.newcomer(once=key, seen=User.objects.get(name="Rahim Uddin").pk))
        self.assert_says(first, "Rahim Uddin: at 09:00")
        self.assert_says(again, "This was done already.", "Rahim Uddin: at 09:00")
        self.assert_says(changed, "as you first sent it", "Rahim Uddin: at 09:00")
        self.assertEqual(Registration.objects.count(), 1)

    def test_what_is_refused_registers_nobody_and_can_be_sent_again(self):
        key = uuid4()
        refused = self.send(now=at(23, 50), **self.newcomer(once=key))
        self.assert_says(refused, "The doctor has no free slots left today.", "Rahim Uddin")
        self.assertFalse(User.objects.filter(name="Rahim Uddin").exists())
        self.send(**self.newcomer(once=key))
        self.assertEqual(Appointment.objects.filter(patient__name="Rahim Uddin").count(), 1)

    def test_a_doctor_of_others_and_strange_times_are_refused(self):
        zoe = make_doctor(make_user("Dr. Zoe", Role.DOCTOR), self.other_clinic)
        for wrong in (
            {"doctor": zoe.pk},
            {"when": "soon"},
            {"when": "2026-13-45T99:00"},
            {"when": "9" * 20},
        ):
            with self.subTest(**wrong):
                self.assertEqual(self.send(**self.newcomer(**wrong)).status_code, 200)
        self.assertFalse(Registration.objects.exists())

    def test_it_needs_the_permission_to_add_visits(self):
        for user in (self.carol, self.irene, self.grace):
            for page in ("desk_register", "desk_people", "appointment_appointment_add"):
                with self.subTest(who=user.name, page=page):
                    self.assertEqual(self.send(user, page, **self.newcomer()).status_code, 403)
        self.assertFalse(Registration.objects.exists())

    def test_the_desk_sees_whom_it_registered_also_without_a_visit(self):
        self.send(**self.newcomer(when=""))
        person = User.objects.get(name="Rahim Uddin")
        self.assertTrue(self.erin.has_perm("users.view_user", person))
        self.assertTrue(self.erin.has_perm("users.change_userprofile", person.profile))
        nora = make_user("Nora", Role.STAFF, duty="Clinic desk")
        give(nora, self.other_clinic, "run_desk", source=ObjectGrant.Source.DESK)
        self.assertFalse(nora.has_perm("users.view_user", person))

    def test_cards_and_slips_have_name_number_and_code(self):
        self.send(**self.newcomer())
        visit = Appointment.objects.get(patient__name="Rahim Uddin")
        card = reverse("admin:users_user_card", args=(visit.patient_id,))
        slip = reverse("admin:appointment_appointment_slip", args=(visit.pk,))
        for url in (card, f"{card}?paper=slip", slip, f"{slip}?paper=x"):
            with self.subTest(url=url):
                self.assert_says(self.as_user(self.erin).get(url), "Rahim Uddin", visit.patient.patient_number, "<svg")
        self.assert_says(self.as_user(self.erin).get(slip), "#1", "Dr. Carol")
        self.assertEqual(
            self.as_user(self.erin).get(reverse("admin:users_user_card", args=(self.bob.pk,))).status_code, 404
        )

    def test_the_code_of_a_card_is_for_who_prints_it_and_each_showing_is_logged(self):
        self.send(**self.newcomer())
        person = User.objects.get(name="Rahim Uddin")
        page = reverse("admin:users_user_card", args=(person.pk,))
        for user in (self.carol, self.irene):
            with self.subTest(who=user.name):
                answer = self.as_user(user).get(page)
                self.assert_says(answer, "Rahim Uddin")
                self.assert_hides(answer, "Code for the app")
        self.assertFalse(PatientCard.objects.exists() or ReadLog.objects.filter(what="code of the card").exists())
        for _time in range(2):
            self.assert_says(self.as_user(self.erin).get(page), "Code for the app")
        card = PatientCard.objects.get()
        self.assert_says(self.as_user(self.erin).get(page), card.shown)
        readers = ReadLog.objects.filter(what="code of the card", subject=person).values_list("reader", flat=True)
        self.assertEqual(list(readers), [self.erin.pk] * 3)
        replacing = reverse("admin:users_user_step", args=(person.pk, "replace_card"))
        for user, status in ((self.carol, 403), (self.irene, 403), (self.erin, 302)):
            self.assertEqual(self.as_user(user).post(replacing, {"reason": "lost"}).status_code, status, user.name)
        self.assertNotEqual(PatientCard.objects.get().code, card.code)
        person.refresh_from_db()
        self.assertEqual(person.history.first().history_change_reason, "new code of the card: lost")
        own = reverse("admin:users_user_card", args=(self.erin.pk,))
        self.assert_hides(self.as_user(self.frank).get(own), "Code for the app")


class Races(TestUsers, CommittedTestCase):
    def test_a_double_click_registers_once(self):
        self.make_people()
        data = {"name": "Rahim Uddin", "phone": PHONE, "birth": "45", "gender": "male", "once": uuid4(), "when": ""}

        def click(_number: int) -> int:
            client = self.client_class()
            client.force_login(self.erin, backend="shs.users.backends.EmailBackend")
            return client.post(reverse("admin:desk_register"), data).status_code

        self.assertEqual(at_once(3, click), [302] * 3)
        self.assertEqual(click(4), 302, "also when the first is done before the second comes")
        self.assertEqual(UserProfile.objects.filter(user__name="Rahim Uddin").count(), 1)


class Scripts(SimpleTestCase):
    def test_a_newcomer_says_all_that_is_missing_at_once(self):
        found = Newcomer().complaints(timezone.localdate())
        self.assertEqual(set(found), {"name", "no_phone", "birth", "gender"})
