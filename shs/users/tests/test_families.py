"""Guardians: opening a dependant, linking somebody who exists, and what ends it."""

from datetime import date, time, timedelta

from django.test import SimpleTestCase, TestCase
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from shs.appointment.models import Appointment
from shs.appointment.notices import about, tell_late, to_call
from shs.core.ages import ADULT, Precision, born_since, first_day_at, settled
from shs.core.errors import Forbidden, Invalid, NotFound, StepRefused
from shs.notices.models import Notice
from shs.notices.services import deliver
from shs.notices.tests.texting import PHONE, Texting, sent_by
from shs.testing import Api, TestUsers, later, make_user
from shs.tests.prepared import prepared
from shs.users import families
from shs.users.models import Guardianship, Role, User
from shs.users.permissions import BOOK, READ, dependants, wards

UNHURRIED = settings(derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
DAYS = some.dates(date(1930, 1, 1), date(2060, 12, 31))


class Family(TestUsers):
    """Mixin: Bob's child Tara, five years old without a login; Teo, fifteen with a login, whose guardian Bob is."""

    @classmethod
    @prepared
    def make_people(cls):
        super().make_people()
        now = timezone.now()
        cls.link = families.open_dependant(
            guardian=cls.bob, name="Tara", birth=cls.born(5), gender="female", relation="father", now=now
        )
        cls.tara = cls.link.dependant
        cls.teo = make_user("Teo", Role.PATIENT)
        cls.be_born(cls.teo, 15)
        cls.give(cls.bob, cls.teo)

    @staticmethod
    def born(years: int):
        today = timezone.localdate()
        return families.Birth(date(today.year - years, today.month, min(today.day, 28)) - timedelta(days=40))

    @classmethod
    def be_born(cls, person: User, years: int) -> None:
        person.profile.be_born(cls.born(years), timezone.localdate())
        person.profile.save()

    @classmethod
    def give(cls, guardian: User, dependant: User, **more) -> Guardianship:
        fields = {"relation": "father", "is_for_minor": True, "state": "active", "basis": "agreed", **more}
        return Guardianship.objects.create(
            guardian=guardian, dependant=dependant, since=timezone.now(), given_by=guardian, **fields
        )


class Ages(SimpleTestCase):
    @UNHURRIED
    @given(born=DAYS, today=DAYS, precision=some.sampled_from(Precision.values))
    def test_the_day_of_coming_of_age_and_the_query_agree(self, born, today, precision):
        known = settled(born, precision, max(born, today))
        is_under = first_day_at(known.day, precision, ADULT) > today
        self.assertEqual(known.day >= born_since(ADULT, today)[precision], is_under)

    @UNHURRIED
    @given(born=DAYS, precision=some.sampled_from(Precision.values))
    def test_nobody_who_is_18_counts_as_a_minor(self, born, precision):
        """Whatever day of the known year or month they were born on."""
        known = settled(born, precision, date(2061, 1, 1))
        self.assertLessEqual(first_day_at(known.day, precision, ADULT), first_day_at(born, Precision.DAY, ADULT))


class Opening(Family, TestCase):
    CHILD = {"name": "Nila", "date_of_birth": "2024-03-01", "relation": "father", "gender": "female"}

    def test_a_parent_opens_a_child_and_finds_it_among_theirs(self):
        made = Api(self.bob).post("/patients/", self.CHILD)
        self.assertEqual(made.status_code, 201, made.content)
        mine = Api(self.bob).get("/patients/").json()
        self.assertEqual([one["name"] for one in mine], ["Bob", "Nila", "Tara", "Teo"])
        self.assertEqual(mine[0]["relation"], "self")
        child = User.objects.get(pk=made.json()["id"])
        self.assertFalse(child.has_login)
        self.assertEqual(child.history.last().history_user, self.bob)

    def test_adults_are_not_opened(self):
        answer = Api(self.bob).post("/patients/", {**self.CHILD, "date_of_birth": "1990-01-01"})
        self.assertEqual(answer.status_code, 422)
        self.assertFalse(User.objects.filter(name="Nila").exists())

    def test_an_account_opens_only_so_many(self):
        for number in range(families.MOST_OPENED - 1):
            answer = Api(self.bob).post("/patients/", {**self.CHILD, "name": f"Nila {number}"})
            self.assertEqual(answer.status_code, 201)
        self.assertEqual(Api(self.bob).post("/patients/", self.CHILD).status_code, 409)

    def test_minors_are_no_guardians(self):
        self.assertEqual(Api(self.teo).post("/patients/", self.CHILD).status_code, 403)


class Linking(Family, TestCase):
    def ask(self, guardian: User, person: User, **more):
        wish = {
            "patient_number": person.patient_number,
            "date_of_birth": person.profile.iso_birth,
            "relation": "mother",
            **more,
        }
        return Api(guardian).post("/patients/links", wish)

    def test_the_present_guardian_agrees_for_a_child(self):
        asked = self.ask(self.alice, self.tara)
        self.assertEqual(asked.status_code, 201, asked.content)
        self.assertEqual(asked.json()["dependant"], {"id": 0, "name": "T."})
        self.assertNotIn(self.tara.pk, wards(self.alice, timezone.now()))
        link = Api(self.bob).get("/patients/links").json()["items"][0]
        self.assertTrue(link["may_accept"])
        self.assertEqual(Api(self.alice).post(f"/patients/links/{link['id']}/accept").status_code, 404)
        self.assertEqual(Api(self.bob).post(f"/patients/links/{link['id']}/accept").status_code, 200)
        self.assertTrue(wards(self.alice, timezone.now())[self.tara.pk].may_read)
        self.assertEqual(Guardianship.objects.get(pk=link["id"]).basis, "agreed")
        # Who has agreed can end it again.
        self.assertEqual(Api(self.bob).post(f"/patients/links/{link['id']}/revoke").status_code, 204)
        self.assertNotIn(self.tara.pk, wards(self.alice, timezone.now()))

    def test_an_adult_agrees_themselves_and_may_end_it(self):
        self.be_born(self.alice, 60)
        pk = self.ask(self.bob, self.alice, may_read=False, relation="child").json()["id"]
        self.assertEqual(Api(self.bob).post(f"/patients/links/{pk}/accept").status_code, 404)
        self.assertEqual(Api(self.alice).post(f"/patients/links/{pk}/accept").status_code, 200)
        self.assertEqual(wards(self.bob, timezone.now())[self.alice.pk], (True, False))
        self.assertEqual(Api(self.alice).post(f"/patients/links/{pk}/revoke").status_code, 204)
        self.assertNotIn(self.alice.pk, wards(self.bob, timezone.now()))

    def test_a_minor_agrees_to_nothing(self):
        asked = self.ask(self.alice, self.teo).json()["id"]
        self.assertEqual(Api(self.teo).post(f"/patients/links/{asked}/accept").status_code, 404)

    def test_a_guardian_gives_no_more_than_they_have(self):
        guardian = make_user("Gita", Role.PATIENT)
        self.give(guardian, self.tara, may_read=False)
        link = Guardianship.objects.get(pk=self.ask(self.alice, self.tara).json()["id"])
        with self.assertRaises(Forbidden):
            families.accept(link=link, by=guardian, now=timezone.now())

    def test_a_wrong_date_of_birth_is_as_unknown_as_a_wrong_number(self):
        self.assertEqual(self.ask(self.alice, self.tara, date_of_birth="2019-01-01").status_code, 404)
        self.assertEqual(self.ask(self.alice, self.tara, patient_number="001-2349").status_code, 404)

    def test_who_has_nobody_to_answer_is_linked_at_a_desk(self):
        person = User.objects.create_user(None, name="Old Man")
        self.be_born(person, 70)
        self.assertEqual(self.ask(self.alice, person).status_code, 409)

    def test_all_are_told(self):
        pk = self.ask(self.alice, self.tara).json()["id"]
        self.assertTrue(Notice.objects.filter(user=self.bob, kind="guardianship").exists())
        Api(self.bob).post(f"/patients/links/{pk}/accept")
        texts = [one["title"] for one in Api(self.alice).get("/notifications/").json()["items"]]
        self.assertIn("Alice can act for Tara", texts)


class Ending(Family, TestCase):
    def assert_in_force(self, expected: bool, person: User | None = None) -> None:
        """The row, the query and the right of the table agree."""
        person, now = person or self.tara, timezone.now()
        bob = User.objects.get(pk=self.bob.pk)
        self.assertEqual(person.pk in wards(bob, now), expected)
        self.assertEqual(dependants(bob, BOOK, READ).filter(dependant=person).exists(), expected)

    def test_it_holds_until_the_day_before_the_18th_birthday(self):
        birthday = first_day_at(self.teo.profile.date_of_birth, "day", ADULT)
        days = (birthday - timezone.localdate()).days
        with later(days=days - 1):
            self.assert_in_force(True, self.teo)
        with later(days=days):
            self.assert_in_force(False, self.teo)
            self.assertEqual(Api(self.bob).get("/patients/").json()[-1]["name"], "Tara")

    def test_the_due_work_says_so_and_tells_both(self):
        with later(days=4 * 365):
            self.assertEqual(families.end_outgrown(now=timezone.now(), dry_run=True), 1)
            self.assertEqual(families.end_outgrown(now=timezone.now()), 1)
        link = Guardianship.objects.get(dependant=self.teo)
        self.assertEqual(link.state, "ended")
        self.assertTrue(Notice.objects.filter(user=self.bob, kind="guardianship").exists())

    def test_of_whom_a_year_is_known_it_ends_with_the_first_day_of_it(self):
        profile = self.teo.profile
        profile.be_born(families.Birth(profile.date_of_birth, "year"), timezone.localdate())
        profile.save()
        first = date(profile.date_of_birth.year + ADULT, 1, 1)
        with later(days=(first - timezone.localdate()).days):
            self.assert_in_force(False, self.teo)

    def test_without_a_date_of_birth_it_gives_nothing(self):
        self.tara.profile.date_of_birth = None
        self.tara.profile.save()
        self.assert_in_force(False)

    def test_suspended_guardians_and_the_dead_have_none(self):
        self.bob.suspend(reason="a complaint")
        self.assert_in_force(False)
        self.bob.reinstate(reason="settled")
        self.assert_in_force(True)
        self.tara.note_death(timezone.localdate(), told_by="the hospital", reason="letter")
        self.assert_in_force(False)

    def test_ended_twice_is_refused(self):
        families.end(link=self.link, by=self.bob, reason="moved away", now=timezone.now())
        with self.assertRaises(StepRefused):
            families.end(link=self.link, by=self.bob, reason="moved away", now=timezone.now())

    def test_what_waits_for_a_former_guardian_is_not_sent(self):
        told = families.to_family(
            [families.notice(to=self.tara, kind=families.Kind.MISSED, data={"doctor": "Dr. Carol"})],
            self.tara,
            BOOK,
            timezone.now(),
        )
        families.notify(*told)
        families.end(link=self.link, by=self.bob, reason="moved away", now=timezone.now())
        deliver(now=timezone.now())
        self.assertEqual(Notice.objects.get(user=self.bob, kind="missed").state, "taken_back")


class Texts(Texting, Family, TestCase):
    """Bob has a phone number and no e-mail address; his children have neither a phone nor an app."""

    def setUp(self):
        super().setUp()
        self.without_email(self.bob)
        self.give_phone(self.bob, PHONE)

    def told_of(self, visit: Appointment, kind: str) -> dict[int, str]:
        """Who is told of the visit → the state of their notice."""
        return dict(Notice.objects.filter(about=about(visit), kind=kind).values_list("user", "state"))

    def test_a_guardian_without_an_address_is_told_by_sms_and_nobody_is_called(self):
        visit = self.book(patient=self.tara, at=time(12))
        (sent,) = sent_by(self.send_to())
        self.assertEqual(sent["to"], PHONE)
        self.assertIn("Tara", sent["text"])
        self.assertEqual(self.told_of(visit, "booked"), {self.tara.pk: "sent", self.bob.pk: "sent"})
        self.assertEqual(Notice.objects.get(kind="booked", user=self.bob).charged_to, f"clinic:{visit.clinic_id}")

    def test_if_the_guardian_is_reached_by_nothing_the_desk_calls(self):
        self.give_phone(self.bob, "")
        visit = self.book(patient=self.tara, at=time(12))
        self.send_to()
        self.assertEqual(self.told_of(visit, "booked"), {self.tara.pk: "sent", self.bob.pk: "call"})
        self.assertEqual([told.about for told in to_call([visit])], [about(visit)])

    def test_guardians_are_told_once_that_the_doctor_is_late(self):
        visit = self.book(patient=self.tara, at=time(12))
        self.assertEqual([tell_late(visit, 30, timezone.now()) for _again in range(2)], [True, False])
        self.assertEqual(self.told_of(visit, "doctor_late").keys(), {self.tara.pk, self.bob.pk})


class Desk(Family, TestCase):
    def setUp(self):
        self.book(patient=self.tara, at=time(12))

    def made(self, **more) -> Guardianship:
        fields = {
            "guardian": self.bob,
            "dependant": self.alice,
            "relation": "child",
            "document": "nid",
            "last_four": "12a4",
            "reason": "Alice is here and agrees",
            **more,
        }
        return Guardianship(**fields)

    def add(self, **more) -> Guardianship:
        return families.add_at_desk(link=self.made(**more), by=self.erin, now=timezone.now())

    def test_an_adult_agrees_at_the_desk(self):
        link = self.add()
        self.assertEqual((link.basis, link.last_four, link.is_for_minor), ("desk", "12A4", False))
        self.assertIn(self.alice.pk, wards(self.bob, timezone.now()))

    def test_it_takes_a_document_a_reason_and_a_patient_of_the_desk(self):
        for wrong in ({"document": ""}, {"last_four": "1"}, {"reason": ""}, {"dependant": self.teo}):
            with self.subTest(wrong=wrong), self.assertRaises(Invalid):
                self.add(**wrong)

    def test_the_desk_adds_and_ends_one_on_its_pages(self):
        self.client.force_login(self.erin)
        page = f"/admin/users/guardianship/add/?dependant_number={self.alice.patient_number}"
        self.assertContains(self.client.get(page), self.alice.patient_number)
        data = {
            "guardian_number": self.bob.patient_number,
            "dependant_number": self.alice.patient_number,
            "relation": "child",
            "may_book": "on",
            "document": "nid",
            "last_four": "1234",
            "reason": "both are here",
        }
        answer = self.client.post(page, data)
        link = Guardianship.objects.get(dependant=self.alice)
        self.assertRedirects(answer, "/admin/users/guardianship/", fetch_redirect_response=False)
        self.assertFalse(link.may_read)
        self.assertContains(self.client.get("/admin/users/guardianship/"), "Alice")
        self.client.post(f"/admin/users/guardianship/{link.pk}/step/end/", {"reason": "no longer wanted"})
        link.refresh_from_db()
        self.assertEqual(link.state, "ended")


class Unknown(Family, TestCase):
    def test_nobody_acts_for_a_stranger_and_the_try_is_logged(self):
        with self.assertRaises(NotFound):
            families.person_for(self.alice, self.tara.pk, READ, "visits", timezone.now())
        self.assertEqual(self.tara.reads_of.get().basis, "denied")
