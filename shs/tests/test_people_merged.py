"""Two rows of one person are merged: who may, what moves, and what has to be decided first."""

from datetime import time

from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.test import SimpleTestCase, TestCase
from django.test.utils import isolate_apps
from django.utils import timezone

from shs.appointment import services as desk
from shs.appointment.models import Appointment, Identity, Registration
from shs.appointment.services import doubles, register
from shs.core.errors import Forbidden, Invalid, StepRefused
from shs.core.reads.models import ReadLog
from shs.doctors.models import DoctorReview
from shs.doctors.services import review
from shs.notices.models import Notice
from shs.prescription.models import Prescription
from shs.testing import Api, EveryModel, make_doctor, make_user, soon
from shs.tests.two_rows import UNKNOWN, Merging
from shs.users import families, identity, merge_preview, merges
from shs.users.contacts import number_of
from shs.users.merge_rules import Moves, Settled, keys_to_people, rules, undecided
from shs.users.models import ContactPoint, Duty, Guardianship, PersonIdentifier, PersonMerge, PossibleDouble, Role, User


class Rules(SimpleTestCase):
    def test_every_key_to_a_person_has_one_rule_and_every_rule_a_key(self):
        self.assertEqual(undecided(apps.get_models()), [])
        there = {one.key for one in keys_to_people(apps.get_models())}
        self.assertEqual({rule.key for rule in rules()} - there, set())

    @isolate_apps("shs.appointment")
    def test_a_new_model_without_a_rule_is_refused(self):
        class Allergy(models.Model):
            patient = models.ForeignKey(User, models.PROTECT)

            class Meta:
                app_label = "appointment"

            def __str__(self):
                return "an allergy"

        (error,) = undecided([Allergy])
        self.assertEqual(error.id, "shs.E038")
        self.assertIn("appointment.Allergy.patient", error.msg)
        self.assertIn("merging.py", error.hint)


class EveryRow(EveryModel, TestCase):
    """With a row of each model: Alice and Bob, who both log in, are merged."""

    def test_nothing_that_moves_is_left_and_all_of_it_comes_back(self):
        asked, now = self.person_merge, timezone.now()
        kept, dropped = asked.kept, asked.dropped
        for owner in (kept, dropped):
            merges.agree(request=asked, by=owner, now=now)
        links = [rule.link for rule in rules() if isinstance(rule, Moves | Settled)]
        # What is told of the merge itself is new.
        links = [link for link in links if link.model is not Notice]
        before = {link: set(link.to(dropped).values_list("pk", flat=True)) for link in links}
        moved = [link for link, keys in before.items() if keys]
        self.assertGreater(len(moved), 7)
        merges.confirm(request=asked, by=make_user("Zoe", Role.ADMIN), now=now)
        stay = {"users.ContactPoint.person", "doctors.DoctorReview.patient"}
        for link in moved:
            name = f"{link.model._meta.label}.{link.field.name}"
            if name not in stay and not (link.field.one_to_one and link.to(kept).exists()):
                self.assertFalse(link.to(dropped).exists(), name)
        for prescription in Prescription.objects.filter(patient=kept).in_full():
            self.assertTrue(prescription.is_intact())
        merges.undo(request=asked, by=self.frank, reason="two people", now=now)
        for link, keys in before.items():
            self.assertEqual(set(link.to(dropped).values_list("pk", flat=True)), keys, link)


class WhatIsMerged(Merging, TestCase):
    def test_a_second_person_confirms_and_the_old_number_leads_to_the_kept_one(self):
        visit, old = self.booked(self.dropped), self.dropped.patient_number
        asked = self.ask(name="kept", birth="dropped", phone="kept")
        self.booked(self.kept, time(12))
        for who in (self.erin, self.kept):
            with self.subTest(who), self.assertRaises(Forbidden):
                merges.confirm(request=asked, by=who, now=timezone.now())
        merges.confirm(request=asked, by=self.zoe, now=timezone.now())
        for one in (self.kept, self.dropped, visit):
            one.refresh_from_db()
        self.assertEqual(visit.patient, self.kept)
        self.assertEqual((self.dropped.merged_into, self.dropped.is_active), (self.kept, False))
        self.assertEqual((self.kept.name, self.kept.profile.shown_birth), ("Rahim Uddin", "12/05/1981"))
        self.assertEqual(number_of(self.kept.pk), "+8801712345678")
        phones = ContactPoint.objects.live().filter(value="+8801812345678").values_list("person", flat=True)
        self.assertEqual(list(phones), [self.kept.pk])
        self.assertEqual(User.objects.with_number(old).get(), self.kept)
        found = doubles(self.erin, name=old, phone="", birth="", now=timezone.now())
        self.assertEqual([one.person for one in found], [self.kept])
        self.assertNotIn(self.dropped, User.objects.patients())
        reasons = [line.history_change_reason for line in visit.history.all()]
        self.assertIn("showed both cards", str(reasons))
        self.assertFalse(PersonMerge.objects.waiting().exists())

    def test_both_are_told_and_who_shares_a_phone_once(self):
        self.merge(phone="kept", name="kept", birth="kept")
        told = Notice.objects.filter(kind="people_merged").order_by("pk")
        self.assertEqual([one.data["what"] for one in told], ["asked", "asked", "merged"])
        self.assertNotIn("Rahim", str([one.data for one in told]))
        # What waited for the dropped one is the kept one's.
        self.assertEqual({one.user for one in told}, {self.kept})

    def test_a_first_visit_no_longer_counts_as_proven(self):
        visit = desk.walk_in(
            patient=self.dropped, doctor_id=self.dr_carol.pk, clinic=self.clinic, by=self.erin, now=self.morning()
        )
        self.assertEqual(visit.identity, Identity.REGISTERED)
        asked = self.merge()
        visit.refresh_from_db()
        self.assertEqual((visit.identity, visit.patient), (Identity.NONE, self.kept))
        self.undo(asked)
        visit.refresh_from_db()
        self.assertEqual((visit.identity, visit.patient), (Identity.REGISTERED, self.dropped))

    def morning(self):
        return timezone.make_aware(timezone.datetime.combine(timezone.localdate(), time(10)))

    def test_somebody_unknown_becomes_who_they_are(self):
        unknown = register(newcomer=UNKNOWN, clinic=self.clinic, by=self.erin, now=timezone.now())
        self.assert_refused("swap the two", unknown, self.kept)
        asked = self.merge(self.kept, unknown)
        self.kept.refresh_from_db()
        self.assertEqual(
            (self.kept.name, self.kept.profile.shown_age(timezone.localdate())[:8]), ("Rahim Uddin", "about 45")
        )
        row = Registration.objects.get(circumstances__gt="")
        self.assertEqual((row.person, row.is_unknown), (self.kept, False))
        self.undo(asked)
        row.refresh_from_db()
        self.assertEqual((row.person, row.is_unknown), (unknown, True))

    def test_identity_numbers_move_and_of_two_of_a_kind_the_chosen_one_stays(self):
        nid = identity.add(person=self.dropped, system="nid", text="1234567890")
        own = identity.add(person=self.kept, system="nid", text="9876543210")
        brn = identity.add(person=self.dropped, system="brn", text="1" * 17)
        asked = self.merge(**{"identifier:nid": "dropped"})
        live = PersonIdentifier.objects.live().filter(person=self.kept).order_by("pk")
        self.assertEqual(list(live), [nid, brn])
        self.undo(asked)
        self.assertEqual(list(PersonIdentifier.objects.live().filter(person=self.kept)), [own])
        self.assertEqual(list(PersonIdentifier.objects.live().filter(person=self.dropped)), [brn, nid])

    def test_a_number_of_somebody_else_lists_the_two_as_possible_duplicates(self):
        identity.add(person=self.dropped, system="nid", text="1234567890")
        with self.assertRaises(StepRefused):
            identity.add(person=self.kept, system="nid", text="1234567890")
        pair = PossibleDouble.objects.get()
        self.assertEqual((pair.first, pair.second, pair.why), (self.kept, self.dropped, "identifier"))

    def test_what_only_the_dropped_one_says_is_taken_over_and_given_back(self):
        profile = self.dropped.profile
        profile.mother_name, profile.address, profile.district = "Amina", "Road 7", "Dhaka"
        profile.photo = "people/rahim.png"
        profile.save()
        asked = self.merge()
        kept = self.kept.profile
        kept.refresh_from_db()
        self.assertEqual((kept.mother_name, kept.address, kept.district), ("Amina", "Road 7", "Dhaka"))
        self.assertEqual(kept.photo.name, "people/rahim.png")
        kept.address = "Road 8"  # corrected since: undoing leaves it
        kept.save()
        self.undo(asked)
        kept.refresh_from_db()
        self.assertEqual((kept.mother_name, kept.address, kept.district, kept.photo.name), ("", "Road 8", "", ""))

    def test_of_two_photos_the_kept_ones_stays_and_it_is_said(self):
        for person in (self.kept, self.dropped):
            person.profile.photo = f"people/{person.pk}.png"
            person.profile.save()
        told = " ".join(merge_preview.preview(self.kept, self.dropped, timezone.now()).told)
        self.assertIn("Both have a photo.", told)
        self.merge()
        self.kept.profile.refresh_from_db()
        self.assertEqual(self.kept.profile.photo.name, f"people/{self.kept.pk}.png")

    def test_reads_of_the_former_row_are_in_the_access_log_of_the_kept_one(self):
        ReadLog(
            reader=self.carol, role="doctor", what="medical records", subject=self.dropped, basis="care", path="x"
        ).save()
        self.assertFalse(ReadLog.objects.about(self.kept).filter(reader=self.carol).exists())
        self.merge()
        self.assertTrue(ReadLog.objects.about(self.kept).filter(reader=self.carol).exists())


class WhatIsDecidedFirst(Merging, TestCase):
    def test_who_is_never_merged(self):
        now = timezone.now()
        self.assert_refused("same number", self.kept, self.kept)
        self.assert_refused("member of staff", self.kept, self.erin_as_patient())
        self.assert_refused("member of staff", self.kept, self.carol)
        self.assert_refused("Only patients", self.carol, self.dropped)
        self.assert_refused("swap the two", self.kept, self.alice)
        self.dropped.suspend(reason="x")
        self.assert_refused("suspended")
        self.dropped.reinstate(reason="x")
        self.dropped.note_death(timezone.localdate(now), told_by="his son", reason="x")
        self.assert_refused("has died")

    def erin_as_patient(self):
        return make_user("Staff", Role.STAFF, duty=Duty.MODERATION)

    def test_nobody_merges_themselves_or_confirms_after_changing_how_the_other_logs_in(self):
        with self.assertRaises(Forbidden):
            self.ask(self.zoe, self.dropped, by=self.zoe)
        asked = self.ask(by=self.frank)
        from shs.users.models import Touched
        from shs.users.touches import note

        note(self.zoe, Touched.MADE, by=self.frank, now=timezone.now())
        with self.assertRaises(Forbidden):
            merges.confirm(request=asked, by=self.zoe, now=timezone.now())
        self.assertFalse(PersonMerge.objects.allowed(self.zoe, "decide").exists())

    def test_visits_that_would_overlap_are_cancelled_or_moved_first(self):
        mine = self.booked(self.dropped)
        other = make_doctor(make_user("Dr. Zoe Two", Role.DOCTOR), self.clinic)
        desk.book(patient=self.kept, doctor_id=other.pk, date=soon(), time=time(11), now=timezone.now(), source="desk")
        self.assert_refused(mine.number)
        (obstacle,) = merge_preview.preview(self.kept, self.dropped, timezone.now()).obstacles
        self.assertEqual(obstacle.row, mine)
        mine.cancel(reason="twice")
        self.merge()

    def test_of_two_visits_that_took_place_at_one_time_one_stays_with_the_old_number(self):
        mine = self.take_place(patient=self.dropped)
        other = make_doctor(make_user("Dr. Zoe Two", Role.DOCTOR), self.clinic)
        theirs = Appointment.objects.get(pk=self.take_place(patient=self.kept, at=time(12)).pk)
        Appointment.objects.without_history("at the same time with another doctor").filter(pk=theirs.pk).update(
            starts_at=mine.starts_at, ends_at=mine.ends_at, doctor=other.pk
        )
        second = self.take_place(patient=self.dropped, at=time(14))
        told = merge_preview.preview(self.kept, self.dropped, timezone.now()).told
        self.assertIn(mine.number, " ".join(told))
        self.merge()
        for row in (mine, second):
            row.refresh_from_db()
        self.assertEqual((mine.patient, second.patient), (self.dropped, self.kept))

    def test_two_guardianships_of_one_person_and_one_between_the_two(self):
        base = {"relation": "spouse", "is_for_minor": False, "state": "active", "basis": "consent",
                "since": timezone.now()}  # fmt: skip
        first = Guardianship.objects.create(guardian=self.bob, dependant=self.kept, **base)
        Guardianship.objects.create(guardian=self.bob, dependant=self.dropped, **base)
        self.assert_refused("exists twice")
        first.end(now=timezone.now(), reason="twice")
        between = Guardianship.objects.create(guardian=self.kept, dependant=self.dropped, **base)
        self.assert_refused("guardian of the other")
        between.end(now=timezone.now(), reason="wrong")
        asked = self.merge()
        self.assertTrue(families.acts_for(self.bob, self.kept.pk, "may_read", timezone.now()))
        self.assertEqual(Api(self.bob).get("/appointments/my-appointments", patient=self.dropped.pk).status_code, 200)
        between.refresh_from_db()
        self.assertEqual(between.dependant, self.dropped)
        self.undo(asked)
        self.assertFalse(families.acts_for(self.bob, self.kept.pk, "may_read", timezone.now()))

    def test_a_merge_waits_once_and_is_not_confirmed_if_who_asked_lost_the_right(self):
        asked = self.ask()
        with self.assertRaises(IntegrityError), transaction.atomic():
            self.ask()
        self.erin.groups.clear()
        with self.assertRaises(StepRefused):
            merges.confirm(request=asked, by=self.zoe, now=timezone.now())

    def test_a_choice_that_was_not_asked_is_refused(self):
        for choices in ({"colour": "kept"}, {"name": "both"}):
            with self.subTest(choices), self.assertRaises(Invalid):
                self.ask(**choices)


class TwoLogins(Merging, TestCase):
    def test_both_owners_agree_first_and_the_login_of_the_kept_one_stays(self):
        asked = self.ask(self.alice, self.bob, by=self.frank)
        alice, bob = Api(self.alice), Api(self.bob)
        (row,) = bob.get("/patients/merges").json()
        self.assertEqual((row["kept_number"], row["other_initials"]), (self.alice.patient_number, "A."))
        self.assertEqual(Api(self.carol).get("/patients/merges").status_code, 403)
        self.assertEqual(bob.post(f"/patients/merges/{asked.pk}/agree").status_code, 200)
        with self.assertRaises(StepRefused):
            merges.confirm(request=asked, by=self.zoe, now=timezone.now())
        self.assertTrue(alice.post(f"/patients/merges/{asked.pk}/agree").json()["other_agreed"])
        merges.confirm(request=asked, by=self.zoe, now=timezone.now())
        self.assertEqual(bob.get("/patients/").status_code, 401)
        self.assertEqual(alice.get("/patients/").status_code, 200)
        self.bob.refresh_from_db()
        self.assertEqual(self.bob.email, "bob@example.com")
        with self.assertRaises(StepRefused):
            self.bob.reinstate(reason="x")
        merges.undo(request=asked, by=self.zoe, reason="two", now=timezone.now())
        self.assertEqual(Api(User.objects.get(pk=self.bob.pk)).get("/patients/").status_code, 200)

    def test_an_owner_declines(self):
        asked = self.ask(self.alice, self.bob, by=self.frank)
        self.assertEqual(Api(self.bob).post(f"/patients/merges/{asked.pk}/decline").status_code, 204)
        self.assertEqual(Api(self.bob).post(f"/patients/merges/{asked.pk}/agree").status_code, 404)

    def test_of_two_reviews_of_a_doctor_the_chosen_one_counts_and_undoing_restores_both(self):
        mine = review(doctor=self.dr_carol, patient=self.alice, rating=5)
        other = review(doctor=self.dr_carol, patient=self.bob, rating=1)
        asked = self.ask(self.alice, self.bob, by=self.frank, **{f"review:{self.dr_carol.pk}": "dropped"})
        for owner in (self.alice, self.bob):
            merges.agree(request=asked, by=owner, now=timezone.now())
        merges.confirm(request=asked, by=self.zoe, now=timezone.now())
        self.assertEqual(DoctorReview.objects.get().pk, other.pk)
        self.assertEqual(DoctorReview.objects.get().patient, self.alice)
        self.dr_carol.refresh_from_db()
        self.assertEqual((self.dr_carol.rating, self.dr_carol.rating_count), (1, 1))
        self.assertEqual(merges.undo(request=asked, by=self.zoe, reason="two", now=timezone.now()), 0)
        both = DoctorReview.objects.order_by("pk").values_list("pk", "patient", "rating")
        self.assertEqual(list(both), [(mine.pk, self.alice.pk, 5), (other.pk, self.bob.pk, 1)])
        self.dr_carol.refresh_from_db()
        self.assertEqual(self.dr_carol.rating_count, 2)
