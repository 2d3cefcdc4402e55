"""Identity numbers: never plain in the database, masked on pages, revealed with a reason, of one person each."""

from io import StringIO

from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client, TestCase, override_settings
from django.urls import reverse
from django.utils import timezone

from shs.core.errors import Invalid, StepRefused
from shs.core.reads.models import ReadLog
from shs.testing import TestUsers
from shs.users import identity
from shs.users.models import PersonIdentifier, User
from shs.users.readiness import identity_keys

NID = "1234567890"
OLD, NEW = {"2025": "old secret " * 4}, {"2026": "new secret " * 4}


class Base(TestUsers, TestCase):
    def office(self, user: User) -> Client:
        client = Client()
        client.force_login(user, backend="shs.users.backends.EmailBackend")
        return client

    def page(self, row: PersonIdentifier, name: str = "change") -> str:
        return reverse(f"admin:users_personidentifier_{name}", args=(row.pk,))


class Storing(Base):
    def test_it_is_plain_nowhere(self):
        row = identity.add(person=self.alice, system="nid", text="১২৩৪ ৫৬৭-৮৯০")
        self.assertEqual(row.reveal(), NID)
        for table in ("users_personidentifier", "users_historicalpersonidentifier"):
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT * FROM {table}")  # noqa: S608  (our own table)
                self.assertNotIn(NID, str(cursor.fetchall()))

    def test_a_number_that_is_none_is_refused_without_repeating_it(self):
        for system, text in (
            ("nid", "123"),
            ("nid", "12345678901"),
            ("brn", NID),
            ("uhid", "?" * 10),
            ("nid", "x" * 99),
        ):
            with self.subTest(system=system, text=text), self.assertRaises(Invalid) as refused:
                identity.add(person=self.alice, system=system, text=text)
            self.assertNotIn(text, str(refused.exception.detail))

    def test_it_belongs_to_one_person_who_is_not_named(self):
        identity.add(person=self.alice, system="nid", text=NID)
        with self.assertRaises(StepRefused) as refused:
            identity.add(person=self.bob, system="nid", text=NID)
        self.assertNotIn("Alice", str(refused.exception.detail))
        row = PersonIdentifier(person=self.bob, system="nid")
        row.put(NID)
        with self.assertRaises(IntegrityError), transaction.atomic():
            row.save()

    def test_a_withdrawn_one_can_be_recorded_for_somebody_else(self):
        row = identity.add(person=self.alice, system="nid", text=NID)
        row.withdraw(now=timezone.now(), reason="a slip of the pen")
        self.assertEqual(identity.add(person=self.bob, system="nid", text=NID).person, self.bob)

    @override_settings(IDENTITY_KEYS={})
    def test_without_a_key_nothing_is_stored(self):
        with self.assertRaisesMessage(StepRefused, "IDENTITY_KEYS"):
            identity.add(person=self.alice, system="nid", text=NID)

    def test_readyz_says_in_words_that_a_key_is_missing(self):
        with override_settings(IDENTITY_KEYS={}):
            answer = self.client.get("/readyz")
            self.assertEqual(answer.status_code, 200)
            self.assertIn("warning: IDENTITY_KEYS is not set", answer.json()["identity_keys"])
        self.assertEqual(self.client.get("/readyz").json()["identity_keys"], "ok")

    def test_a_key_is_missed_only_if_a_number_needs_it(self):
        for person, keys, number in ((self.alice, OLD, NID), (self.bob, NEW | OLD, NID[::-1])):
            with override_settings(IDENTITY_KEYS=keys):
                identity.add(person=person, system="nid", text=number)
        for keys, is_missing in ((NEW, True), (OLD, True), (NEW | OLD, False)):
            with override_settings(IDENTITY_KEYS=keys):
                self.assertEqual(bool(identity_keys()), is_missing)


class Rotating(Base):
    @override_settings(IDENTITY_KEYS=OLD)
    def test_all_are_put_under_the_new_key_and_are_found_meanwhile(self):
        row = identity.add(person=self.alice, system="nid", text=NID)
        with override_settings(IDENTITY_KEYS=NEW | OLD):
            with self.assertRaises(StepRefused):
                identity.add(person=self.bob, system="nid", text=NID)
            call_command("rotate_identity_keys", stdout=StringIO())
        with override_settings(IDENTITY_KEYS=NEW):
            row.refresh_from_db()
            self.assertEqual((row.key, row.reveal()), ("2026", NID))
            with self.assertRaises(StepRefused):
                identity.add(person=self.bob, system="nid", text=NID)
        self.assertEqual(row.history.count(), 1)

    @override_settings(IDENTITY_KEYS=OLD)
    def test_a_lost_key_is_said_and_masks_the_whole_number(self):
        row = identity.add(person=self.alice, system="nid", text=NID)
        with override_settings(IDENTITY_KEYS=NEW):
            self.assertEqual(row.masked, "•••")
            with self.assertRaisesMessage(CommandError, "1 identity numbers"):
                call_command("rotate_identity_keys", stdout=StringIO())
            answer = self.office(self.frank).post(self.page(row, "reveal"), {"reason": "lost card"})
            self.assertContains(answer, "IDENTITY_KEYS")


class Revealing(Base):
    def test_pages_mask_it_and_a_reveal_is_logged_with_its_reason(self):
        self.visit.confirm(now=timezone.now())
        row = identity.add(person=self.alice, system="nid", text=NID)
        profile = reverse("admin:users_userprofile_change", args=(self.alice.profile.pk,))
        for user in (self.frank, self.erin):
            with self.subTest(who=user.name):
                client = self.office(user)
                for page in (reverse("admin:users_personidentifier_changelist"), self.page(row), profile):
                    found = client.get(page)
                    self.assertContains(found, "••• 890")
                    self.assertNotContains(found, NID)
                self.assertNotContains(client.get(self.page(row, "reveal")), NID)
                self.assertNotContains(client.post(self.page(row, "reveal"), {"reason": ""}), NID)
                self.assertFalse(ReadLog.objects.filter(reader=user, what="identity number").exists())
                shown = client.post(self.page(row, "reveal"), {"reason": "to fill in a form"})
                self.assertContains(shown, NID)
                line = ReadLog.objects.get(reader=user, what="identity number")
                self.assertEqual((line.subject, line.note), (self.alice, "to fill in a form"))

    def test_others_reveal_none(self):
        row = identity.add(person=self.bob, system="nid", text=NID)
        for user, status in ((self.erin, 404), (self.carol, 403), (self.irene, 403), (self.henry, 403)):
            with self.subTest(who=user.name):
                answer = self.office(user).post(self.page(row, "reveal"), {"reason": "curious"})
                self.assertEqual(answer.status_code, status)

    def test_the_desk_adds_one_on_the_page_of_contact_details(self):
        step = reverse("admin:users_userprofile_step", args=(self.alice.profile.pk, "add_number"))
        client = self.office(self.erin)
        self.assertContains(client.post(step, {"system": "nid", "number": "12"}), "10, 13 or 17 digits")
        self.assertEqual(client.post(step, {"system": "nid", "number": NID}).status_code, 302)
        self.assertEqual(PersonIdentifier.objects.get().person, self.alice)
