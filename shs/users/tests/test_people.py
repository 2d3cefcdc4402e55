"""The user list: columns and filters, suspensions, and the confirmation of new admins by a second admin."""

from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from shs.core.errors import Forbidden, StepRefused
from shs.testing import TestUsers, make_user
from shs.tests.prepared import prepared
from shs.users.models import ContactPoint, Role, RoleRequest, User
from shs.users.services import hit_by_suspension
from shs.users.two_admins import change_role, confirm

LIST = reverse("admin:users_user_changelist")


class Base(TestUsers, TestCase):
    @classmethod
    @prepared
    def make_people(cls):
        super().make_people()
        cls.freya = make_user("Freya", Role.ADMIN)

    def as_(self, user: User) -> Client:
        client = Client()
        client.force_login(user, backend="shs.users.backends.EmailBackend")
        return client

    def step(self, by: User, whom: User, name: str, **data):
        return self.as_(by).post(reverse("admin:users_user_step", args=(whom.pk, name)), data)


class UserList(Base):
    def test_it_has_at_most_six_columns_with_the_number_of_sessions(self):
        client = self.as_(self.frank)
        client.get(LIST)
        page = client.get(LIST)
        self.assertEqual(len(page.context["cl"].list_display), 6)
        self.assertContains(page, "1 session")

    def test_it_can_be_filtered_by_role_status_and_registration_date(self):
        client = self.as_(self.frank)
        day = timezone.localdate().isoformat()
        for query in (
            "role__exact=patient",
            "is_active__exact=0",
            "is_verified__exact=1",
            f"created_at_from_0={day}&created_at_from_1=00:00:00&created_at_to_0={day}&created_at_to_1=23:59:59",
        ):
            with self.subTest(query=query):
                self.assertEqual(client.get(f"{LIST}?{query}").status_code, 200)
        gone = "created_at_to_0=2001-01-01&created_at_to_1=00:00:00"
        self.assertEqual(client.get(f"{LIST}?{gone}").context["cl"].result_count, 0)

    def test_auditors_see_masked_contacts_and_moderators_names_only(self):
        audited = self.as_(self.irene).get(LIST).content.decode()
        self.assertFalse(self.alice.email in audited, "The address is shown.")
        self.assertTrue("a•••@example.com" in audited, "The masked address is missing.")
        moderated = self.as_(self.henry).get(LIST)
        self.assertNotIn("logins", moderated.context["cl"].list_display)
        self.assertNotIn("is_verified", moderated.context["cl"].list_display)

    def test_desk_staff_can_change_contacts_of_their_own_patients_only(self):
        profile = self.alice.profile
        client = self.as_(self.erin)
        page = reverse("admin:users_userprofile_change", args=(profile.pk,))
        data = {"phone": "+8801712000000", "city": "Dhaka", "address": "", "emergency_contact": ""}
        self.assertEqual(client.post(page, data).status_code, 302)
        self.assertEqual(ContactPoint.objects.number_of(self.alice.pk), "+8801712000000")
        other = reverse("admin:users_userprofile_change", args=(self.bob.profile.pk,))
        self.assertEqual(client.post(other, data).status_code, 404)


class Suspending(Base):
    def test_the_dialog_shows_the_consequences(self):
        self.assertEqual(len(hit_by_suspension(self.bob, timezone.now())), 1)
        page = self.as_(self.frank).get(reverse("admin:users_user_step", args=(self.alice.pk, "suspend")))
        self.assertContains(page, "1 visit booked by this person stays booked.")
        page = self.as_(self.frank).get(reverse("admin:users_user_step", args=(self.carol.pk, "suspend")))
        self.assertContains(page, "1 upcoming visit with this doctor is now without a doctor")

    def test_the_dialog_shows_the_number_of_sessions(self):
        client = self.as_(self.carol)
        client.get(reverse("admin:index"))
        self.assertIn("1 session ends immediately.", hit_by_suspension(self.carol, timezone.now()))


class AdminRequests(Base):
    def ask(self, whom: User | None = None) -> RoleRequest:
        asked = change_role(
            user=whom or self.erin, role="admin", duties=[], reason="runs it", by=self.frank, now=timezone.now()
        )
        self.assertIsNotNone(asked)
        return asked

    def role(self, user: User) -> str:
        return User.objects.get(pk=user.pk).role

    def decide(self, by: User, asked: RoleRequest, name: str, **data) -> int:
        page = reverse("admin:users_rolerequest_step", args=(asked.pk, name))
        return self.as_(by).post(page, data).status_code

    def test_a_request_changes_nothing_until_it_is_confirmed(self):
        self.assertEqual(self.step(self.frank, self.erin, "assign", role="admin", reason="runs it").status_code, 302)
        self.assertEqual(self.role(self.erin), "staff")
        self.assertEqual(RoleRequest.objects.get().status, "waiting")

    def test_another_admin_can_confirm(self):
        asked = self.ask()
        self.assertEqual(self.decide(self.freya, asked, "confirm"), 302)
        self.assertEqual(self.role(self.erin), "admin")
        line = User.objects.get(pk=self.erin.pk).history.latest()
        self.assertTrue("asked by Frank, confirmed by Freya" in line.history_change_reason)

    def test_requester_candidate_and_other_roles_cannot_confirm(self):
        asked = self.ask()
        for user in (self.frank, self.erin, self.grace, self.irene, self.carol):
            with self.subTest(who=user.name):
                self.assertIn(self.decide(user, asked, "confirm"), {403, 404})
        for user in (self.frank, self.erin):
            with self.assertRaises(Forbidden):
                confirm(request=asked, by=user, now=timezone.now())
        self.assertEqual(self.role(self.erin), "staff")

    def test_another_admin_can_decline_and_the_requester_can_withdraw(self):
        asked = self.ask()
        self.assertEqual(self.decide(self.freya, asked, "decline", reason=""), 200)
        self.assertEqual(self.decide(self.freya, asked, "decline", reason="not yet"), 302)
        self.assertEqual(self.decide(self.freya, asked, "confirm"), 200)
        other = self.ask()
        self.assertEqual(self.decide(self.freya, other, "withdraw"), 403)
        self.assertEqual(self.decide(self.frank, other, "withdraw"), 302)
        self.assertEqual(self.role(self.erin), "staff")

    def test_there_is_one_open_request_for_a_user(self):
        self.ask()
        answer = self.step(self.frank, self.erin, "assign", role="admin", reason="again")
        self.assertContains(answer, "waiting for another admin")

    def test_a_request_cannot_be_confirmed_after_a_suspension(self):
        asked = self.ask()
        User.objects.get(pk=self.frank.pk).suspend(reason="left")
        with self.assertRaises(StepRefused):
            confirm(request=asked, by=self.freya, now=timezone.now())
        asked.refresh_from_db()
        self.assertEqual((self.role(self.erin), asked.status), ("staff", "waiting"))

    def test_new_accounts_cannot_be_admins(self):
        add = reverse("admin:users_user_add")
        data = {"name": "Mallory", "email": "mallory@example.com", "role": "admin"}
        self.assertEqual(self.as_(self.frank).post(add, data).status_code, 200)
        self.assertFalse(User.objects.filter(email="mallory@example.com").exists())
        self.assertEqual(self.as_(self.frank).post(add, {**data, "role": "staff"}).status_code, 302)

    def test_other_roles_change_at_once(self):
        answer = self.step(self.frank, self.erin, "assign", role="staff", duties=["Moderators"], reason="moves")
        self.assertEqual(answer.status_code, 302)
        self.assertEqual(list(self.erin.groups.values_list("name", flat=True)), ["Moderators"])

    def test_users_cannot_change_their_own_role(self):
        self.assertEqual(self.step(self.frank, self.frank, "assign", role="doctor", reason="x").status_code, 403)
