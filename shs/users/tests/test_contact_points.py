"""Phones and addresses of people: one fact with the login, shared by families, kept when they end."""

from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from shs.core.errors import Invalid
from shs.core.reads.models import ReadLog
from shs.testing import PASSWORD, Api, TestUsers
from shs.users import addresses, contacts
from shs.users.links import CONFIRM, UNDO, change_token
from shs.users.models import ContactPoint, ContactSystem, User

PHONE = "+8801712345678"


class Addresses(TestUsers, TestCase):
    def assert_they_agree(self, user: User) -> None:
        """The login and the contact point in use are one fact."""
        user = User.objects.get(pk=user.pk)
        points = ContactPoint.objects.live().filter(person=user, system=ContactSystem.EMAIL)
        found = [(point.value, point.confirmed_at is not None) for point in points]
        self.assertEqual(found, [(user.email, user.is_verified)] if user.email else [])

    def test_the_login_and_the_contact_point_agree_wherever_they_change(self):
        for user in User.objects.all():
            self.assert_they_agree(user)
        body = {"email": "New@example.com", "password": PASSWORD, "name": "Nadia"}
        new = User.objects.get(pk=Api().post("/auth/register", body).json()["user"]["id"])
        self.assert_they_agree(new)
        new.confirm_email()
        self.assert_they_agree(new)
        now = timezone.now()
        change = addresses.start(user=new, email="other@example.com", by=new, now=now)
        addresses.confirm(token=change_token(change.pk, CONFIRM), now=now)
        self.assert_they_agree(new)
        addresses.undo(token=change_token(change.pk, UNDO), now=now)
        self.assert_they_agree(new)
        self.assertEqual(ContactPoint.objects.filter(person=new, ended_at__isnull=False).count(), 2)

    def test_a_person_without_an_address_can_get_one(self):
        mina, now = User.objects.create_user(None, name="Mina"), timezone.now()
        self.assert_they_agree(mina)
        change = addresses.start(user=mina, email="mina@example.com", by=self.frank, now=now)
        addresses.confirm(token=change_token(change.pk, CONFIRM), now=now)
        self.assert_they_agree(mina)
        self.assertFalse(change.can_be_undone(now))

    def test_an_address_belongs_to_one_person(self):
        row = ContactPoint(person=self.bob, system=ContactSystem.EMAIL, value=self.alice.email)
        ContactPoint.objects.live().filter(person=self.bob).get().end(now=timezone.now(), reason="test")
        with self.assertRaises(IntegrityError), transaction.atomic():
            row.save()


class Phones(TestUsers, TestCase):
    def numbers(self, person: User) -> list[str]:
        return list(ContactPoint.objects.phones().filter(person=person).values_list("value", flat=True))

    def test_every_spelling_is_one_number_by_the_api(self):
        alice = Api(self.alice)
        for text in ("+880 1712-345678", "01712345678", "০১৭১২-৩৪৫৬৭৮", "(01712) 345 678", "\u200e+8801712345678"):
            with self.subTest(text):
                self.assertEqual(alice.patch("/auth/profile", {"phone": text}).json()["phone"], PHONE)
        self.assertEqual(ContactPoint.objects.filter(system="phone").count(), 1)
        self.assertEqual(alice.patch("/auth/profile", {"phone": ""}).json()["phone"], "")
        self.assertEqual(alice.patch("/auth/profile", {"city": "Dhaka"}).json()["phone"], "")

    def test_what_is_none_is_422_with_a_sentence(self):
        answer = Api(self.alice).patch("/auth/profile", {"phone": "0171234"})
        self.assertEqual((answer.status_code, answer.json()["errors"][0]["field"]), (422, "phone"))
        self.assertNotRegex(answer.json()["errors"][0]["message"], r"[\\^$]")

    def test_registering_with_a_known_phone_is_answered_like_any_registration(self):
        contacts.set_phone(person=self.alice, text=PHONE, now=timezone.now())
        body = {"email": "new@example.com", "password": PASSWORD, "name": "Nadia", "phone": "01712 345678"}
        self.assertEqual(Api().post("/auth/register", body).status_code, 201)
        self.assertEqual(ContactPoint.objects.of_phone(PHONE).count(), 2)

    def test_a_further_phone_becomes_the_main_one_and_a_replaced_one_has_ended(self):
        now = timezone.now()
        contacts.set_phone(person=self.alice, text=PHONE, now=now)
        contacts.add_phone(person=self.alice, text="01812345678")
        self.assertEqual(self.numbers(self.alice), ["+8801812345678", PHONE])
        with self.assertRaises(Invalid):
            contacts.add_phone(person=self.alice, text="01712-345678")
        contacts.set_phone(person=self.alice, text="01912345678", now=now)
        self.assertEqual(self.numbers(self.alice), ["+8801912345678", PHONE])
        contacts.set_phone(person=self.alice, text=PHONE, now=now)
        self.assertEqual(self.numbers(self.alice), [PHONE])
        self.assertEqual(ContactPoint.objects.numbers([self.alice.pk, self.bob.pk]), {self.alice.pk: PHONE})

    def test_a_number_that_was_told_stays_until_somebody_changes_it(self):
        ContactPoint.objects.create(person=self.alice, system=ContactSystem.OTHER, value="ask her sister")
        page = reverse("admin:users_userprofile_change", args=(self.alice.profile.pk,))
        client = Client()
        client.force_login(self.erin, backend="shs.users.backends.EmailBackend")
        self.assertContains(client.get(page), "ask her sister")
        self.assertEqual(client.post(page, {"phone": "ask her sister", "city": "Dhaka"}).status_code, 302)
        self.assertEqual(ContactPoint.objects.number_of(self.alice.pk), "ask her sister")
        self.assertEqual(client.post(page, {"phone": "01712345678", "city": "Dhaka"}).status_code, 302)
        self.assertEqual(ContactPoint.objects.number_of(self.alice.pk), PHONE)

    def test_the_desk_adds_and_ends_phones(self):
        client, profile = Client(), self.alice.profile
        client.force_login(self.erin, backend="shs.users.backends.EmailBackend")
        step = reverse("admin:users_userprofile_step", args=(profile.pk, "add_phone"))
        self.assertEqual(client.post(step, {"phone": "১২"}).status_code, 200)
        self.assertEqual(client.post(step, {"phone": "01712345678"}).status_code, 302)
        point = ContactPoint.objects.phones().get(person=self.alice)
        step = reverse("admin:users_userprofile_step", args=(profile.pk, "end_phone"))
        self.assertEqual(client.post(step, {"point": point.pk, "reason": "lost"}).status_code, 302)
        self.assertEqual(self.numbers(self.alice), [])
        self.assertEqual(point.history.first().history_change_reason, "lost")


class Photos(TestUsers, TestCase):
    def test_a_photo_is_stored_and_shown_to_who_may_see_the_person(self):
        out = BytesIO()
        Image.new("RGB", (4, 4)).save(out, "PNG")
        profile = self.alice.profile
        page = reverse("admin:users_userprofile_change", args=(profile.pk,))
        photo = reverse("admin:users_userprofile_photo", args=(profile.pk,))
        client = Client()
        client.force_login(self.erin, backend="shs.users.backends.EmailBackend")
        self.assertEqual(client.get(photo).status_code, 404)
        upload = SimpleUploadedFile("me.png", out.getvalue(), "image/png")
        self.assertEqual(client.post(page, {"photo": upload, "city": "Dhaka"}).status_code, 302)
        self.assertContains(client.get(page), photo)
        self.assertEqual(client.get(photo)["Content-Type"], "image/png")
        self.assertTrue(ReadLog.objects.filter(what="photo", reader=self.erin, subject=self.alice).exists())
        self.assertEqual(client.post(page, {"photo": SimpleUploadedFile("x.png", b"x"), "city": ""}).status_code, 200)
        client.force_login(self.carol, backend="shs.users.backends.EmailBackend")
        self.assertIn(client.get(photo).status_code, (403, 404))
