"""Registering by phone, and many requests at once."""

from datetime import timedelta

from django.test import TestCase
from django.utils import timezone

from shs.testing import PASSWORD, Api, CommittedTestCase, TestUsers, at_once
from shs.users import contacts, phone_codes
from shs.users.models import AppSession, LoginPause, PhoneCode, User
from shs.users.tests.phoning import BORN, OTHER, PHONE, Phoning


class Registers(Phoning, TestUsers, TestCase):
    BODY = {"name": "Rahima Akter", "phone": PHONE, "date_of_birth": "1980-03-12", "gender": "female"}

    def test_the_answer_is_202_for_a_known_phone_and_for_an_unknown_one(self):
        self.register("Karim")
        known, unknown = (Api().post("/auth/register", {**self.BODY, "phone": phone}) for phone in (PHONE, OTHER))
        self.assertEqual([known.status_code, unknown.status_code], [202, 202])
        self.assertEqual(known.json().keys(), unknown.json().keys())
        self.assertEqual([sent["to"] for sent in self.send_texts()], [PHONE, OTHER])
        self.assertFalse(User.objects.filter(name="Rahima Akter").exists())

    def test_a_newcomer_registers_with_the_proof_and_is_known_on_the_device(self):
        found = self.proven()
        self.assertEqual(found["people"], [])
        body = {**self.BODY, "proof": found["proof"], "name_bn": "রহিমা আক্তার"}
        answer = Api().post("/auth/register", body)
        self.assertEqual(answer.status_code, 201, answer.content)
        user = User.objects.get(name="Rahima Akter")
        self.assertEqual((user.email, user.name_bn, user.profile.date_of_birth), (None, "রহিমা আক্তার", BORN))
        self.assertTrue(user.is_confirmed and user.phone_login_at and not user.has_usable_password())
        self.assertEqual(contacts.number_of(user.pk), PHONE)
        self.assertEqual(Api().post("/auth/register", body).status_code, 422, "a proof is used once")
        found = self.proven(**{"X-Device-Token": answer.json()["device"]})
        self.assertEqual([(p["name"], p["asks"]) for p in found["people"]], [("Rahima Akter", "")])
        both = Api().post("/auth/register", {**body, "proof": found["proof"], "email": "r@example.com"})
        self.assertEqual(both.status_code, 422)
        again = Api().post("/auth/register", {**body, "proof": found["proof"]})
        self.assertEqual(again.status_code, 201, "to refuse it would tell the date of birth of who is there already")

    def test_what_is_missing_or_not_allowed_is_said_before_a_code_is_sent(self):
        young = str(timezone.localdate() - timedelta(days=17 * 365))
        for change, status in {
            ("date_of_birth", None): 422,
            ("date_of_birth", young): 403,
            ("role", "doctor"): 422,
            ("password", PASSWORD): 422,
            ("phone", ""): 422,
            ("phone", "call me"): 422,
            ("name", ""): 422,
        }.items():
            with self.subTest(change=change):
                answer = Api().post("/auth/register", {**self.BODY, change[0]: change[1]})
                self.assertEqual(answer.status_code, status, answer.content)
        self.assertFalse(PhoneCode.objects.exists())

    def test_an_address_keeps_working_and_takes_the_details_too(self):
        body = {**self.BODY, "email": "r@example.com", "password": PASSWORD}
        self.assertEqual(Api().post("/auth/register", body).status_code, 201)
        user = User.objects.get(email="r@example.com")
        self.assertEqual((user.profile.date_of_birth, user.profile.gender), (BORN, "female"))
        self.assertEqual((user.is_confirmed, user.phone_login_at), (False, None))
        self.assertEqual(self.proven()["people"], [], "the phone of an account with an address is not confirmed")
        body["password"] = None
        self.assertEqual(Api().post("/auth/register", {**body, "email": "s@example.com"}).status_code, 422)


class Races(Phoning, CommittedTestCase):
    def test_of_many_at_once_one_proves_and_one_logs_in(self):
        self.register("Rahima Akter")
        challenge, code = self.asked()
        body = {"challenge": challenge, "code": code}
        found = at_once(4, lambda n: Api().post("/auth/otp/verify", body))
        self.assertEqual(sorted(answer.status_code for answer in found), [200, 422, 422, 422])
        proof = next(answer.json() for answer in found if answer.status_code == 200)
        statuses = at_once(4, lambda n: self.log_in(proof, date_of_birth=str(BORN)).status_code)
        self.assertEqual(sorted(statuses), [200, 422, 422, 422])
        self.assertEqual(AppSession.objects.count(), 1)
        LoginPause.objects.all().delete()
        proof = self.proven()["proof"]
        newcomer = {"name": "Nila", "date_of_birth": "1990-01-01", "proof": proof}
        statuses = at_once(4, lambda n: Api().post("/auth/register", newcomer).status_code)
        self.assertEqual(sorted(statuses), [201, 422, 422, 422])
        self.assertEqual(User.objects.filter(name="Nila").count(), 1)
        Api().post("/auth/otp/request", {"phone": OTHER})
        self.assertEqual(sum(at_once(3, lambda n: phone_codes.send(now=timezone.now()))), 1)
