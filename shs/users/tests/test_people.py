"""The page of the users: its columns and filters, what a suspension hits, and that two make an admin."""

from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from shs.core.errors import Forbidden, StepRefused
from shs.testing import TestUsers, make_user
from shs.users.models import Role, RoleRequest, User
from shs.users.services import change_role, confirm_admin, hit_by_suspension

LIST = reverse("admin:users_user_changelist")


class Base(TestUsers, TestCase):
    @classmethod
    def make_people(cls):
        super().make_people()
        cls.freya = make_user("Freya", Role.ADMIN)

    def as_(self, user: User) -> Client:
        client = Client()
        client.force_login(user, backend="shs.users.backends.EmailBackend")
        return client

    def step(self, by: User, whom: User, name: str, **data):
        return self.as_(by).post(reverse("admin:users_user_step", args=(whom.pk, name)), data)


class TheList(Base):
    def test_it_has_six_columns_at_most_and_says_how_many_sessions_are_open(self):
        client = self.as_(self.frank)
        client.get(LIST)
        page = client.get(LIST)
        self.assertEqual(len(page.context["cl"].list_display), 6)
        self.assertContains(page, "1 session")

    def test_it_is_filtered_by_role_state_and_the_time_of_joining(self):
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

    def test_an_auditor_sees_it_masked_and_a_moderator_names_alone(self):
        audited = self.as_(self.irene).get(LIST).content.decode()
        self.assertFalse(self.alice.email in audited, "The address is shown.")
        self.assertTrue("a•••@example.com" in audited, "The masked address is missing.")
        moderated = self.as_(self.henry).get(LIST)
        self.assertNotIn("logins", moderated.context["cl"].list_display)
        self.assertNotIn("is_verified", moderated.context["cl"].list_display)

    def test_a_desk_changes_the_contact_fields_of_its_patients_alone(self):
        profile = self.alice.profile
        client = self.as_(self.erin)
        page = reverse("admin:users_userprofile_change", args=(profile.pk,))
        data = {"phone": "+8801712000000", "city": "Dhaka", "address": "", "emergency_contact": ""}
        self.assertEqual(client.post(page, data).status_code, 302)
        profile.refresh_from_db()
        self.assertEqual(profile.phone, "+8801712000000")
        other = reverse("admin:users_userprofile_change", args=(self.bob.profile.pk,))
        self.assertEqual(client.post(other, data).status_code, 404)


class Suspending(Base):
    def test_the_dialog_names_what_it_hits(self):
        self.assertEqual(len(hit_by_suspension(self.bob, timezone.now())), 1)
        page = self.as_(self.frank).get(reverse("admin:users_user_step", args=(self.alice.pk, "suspend")))
        self.assertContains(page, "1 visit booked by this person stays booked.")
        page = self.as_(self.frank).get(reverse("admin:users_user_step", args=(self.carol.pk, "suspend")))
        self.assertContains(page, "1 upcoming visit with this doctor is affected")

    def test_it_counts_the_logins_that_end(self):
        client = self.as_(self.carol)
        client.get(reverse("admin:index"))
        self.assertIn("1 session ends immediately.", hit_by_suspension(self.carol, timezone.now()))


class TwoMakeAnAdmin(Base):
    def ask(self, whom: User | None = None) -> RoleRequest:
        asked = change_role(user=whom or self.erin, role="admin", duties=[], reason="runs the clinic", by=self.frank)
        self.assertIsNotNone(asked)
        return asked

    def role(self, user: User) -> str:
        return User.objects.get(pk=user.pk).role

    def decide(self, by: User, asked: RoleRequest, name: str, **data) -> int:
        page = reverse("admin:users_rolerequest_step", args=(asked.pk, name))
        return self.as_(by).post(page, data).status_code

    def test_a_change_to_admin_waits_and_changes_nothing(self):
        self.assertEqual(self.step(self.frank, self.erin, "assign", role="admin", reason="runs it").status_code, 302)
        self.assertEqual(self.role(self.erin), "staff")
        self.assertEqual(RoleRequest.objects.get().status, "waiting")

    def test_another_admin_confirms(self):
        asked = self.ask()
        self.assertEqual(self.decide(self.freya, asked, "confirm"), 302)
        self.assertEqual(self.role(self.erin), "admin")
        line = User.objects.get(pk=self.erin.pk).history.latest()
        self.assertTrue("asked by Frank, confirmed by Freya" in line.history_change_reason)

    def test_who_asked_the_person_and_everybody_else_confirm_nothing(self):
        asked = self.ask()
        for user in (self.frank, self.erin, self.grace, self.irene, self.carol):
            with self.subTest(who=user.name):
                self.assertIn(self.decide(user, asked, "confirm"), {403, 404})
        for user in (self.frank, self.erin):
            with self.assertRaises(Forbidden):
                confirm_admin(request=asked, by=user, now=timezone.now())
        self.assertEqual(self.role(self.erin), "staff")

    def test_another_declines_with_a_reason_and_who_asked_withdraws(self):
        asked = self.ask()
        self.assertEqual(self.decide(self.freya, asked, "decline", reason=""), 200)
        self.assertEqual(self.decide(self.freya, asked, "decline", reason="not yet"), 302)
        self.assertEqual(self.decide(self.freya, asked, "confirm"), 200)
        other = self.ask()
        self.assertEqual(self.decide(self.freya, other, "withdraw"), 403)
        self.assertEqual(self.decide(self.frank, other, "withdraw"), 302)
        self.assertEqual(self.role(self.erin), "staff")

    def test_it_is_asked_for_once_at_a_time(self):
        self.ask()
        answer = self.step(self.frank, self.erin, "assign", role="admin", reason="again")
        self.assertContains(answer, "waiting for another admin")

    def test_it_falls_with_who_asked_and_with_who_is_suspended(self):
        asked = self.ask()
        User.objects.get(pk=self.frank.pk).suspend(reason="left")
        with self.assertRaises(StepRefused):
            confirm_admin(request=asked, by=self.freya, now=timezone.now())
        asked.refresh_from_db()
        self.assertEqual((self.role(self.erin), asked.status), ("staff", "waiting"))

    def test_no_new_account_is_an_admins(self):
        add = reverse("admin:users_user_add")
        data = {"name": "Mallory", "email": "mallory@example.com", "role": "admin"}
        self.assertEqual(self.as_(self.frank).post(add, data).status_code, 200)
        self.assertFalse(User.objects.filter(email="mallory@example.com").exists())
        self.assertEqual(self.as_(self.frank).post(add, {**data, "role": "staff"}).status_code, 302)

    def test_other_roles_change_at_once(self):
        answer = self.step(self.frank, self.erin, "assign", role="staff", duties=["Moderators"], reason="moves")
        self.assertEqual(answer.status_code, 302)
        self.assertEqual(list(self.erin.groups.values_list("name", flat=True)), ["Moderators"])

    def test_nobody_changes_their_own_role(self):
        self.assertEqual(self.step(self.frank, self.frank, "assign", role="doctor", reason="x").status_code, 403)
