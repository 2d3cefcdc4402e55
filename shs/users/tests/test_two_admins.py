"""Changes of how another user logs in need two admins, and the user is notified."""

from datetime import time
from io import StringIO
from urllib.parse import parse_qs, urlsplit

from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from shs.core.errors import Forbidden, StepRefused
from shs.testing import Api, TestUsers, later, make_user, sending
from shs.tests.prepared import prepared
from shs.users import addresses, services, two_admins
from shs.users.models import AccountTouch, AddressChange, Role, RoleRequest, User
from shs.users.tests.test_second_factor import enrol


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
        page = reverse("admin:users_user_step", args=(whom.pk, name))
        with sending():
            return self.as_(by).post(page, {"reason": "asked by phone", **data})

    def decide(self, by: User, name: str = "confirm", **data):
        page = reverse("admin:users_rolerequest_step", args=(RoleRequest.objects.latest("pk").pk, name))
        with sending():
            return self.as_(by).post(page, data)

    def email(self, user: User) -> str:
        return User.objects.get(pk=user.pk).email

    def told(self, address: str) -> list[str]:
        return [message.subject for message in mail.outbox if message.to == [address]]

    def link(self, address: str) -> str:
        """The path of the link in the last mail to `address` that has one."""
        bodies = [message.body for message in mail.outbox if message.to == [address]]
        body = [body for body in bodies if "/account/" in body][-1]
        return "/account/" + body.partition("/account/")[2].split()[0]


class Requests(Base):
    def test_the_change_form_of_a_user_cannot_change_the_address(self):
        page = reverse("admin:users_user_change", args=(self.freya.pk,))
        for by in (self.frank, self.freya):
            self.as_(by).post(page, {"name": "Freya", "email": "frank.2@example.com", "seen": ""})
            self.assertEqual(self.email(self.freya), "freya@example.com")

    def test_address_and_second_factor_change_only_after_a_second_admin_confirms(self):
        enrol(self.freya)
        self.assertEqual(self.step(self.frank, self.freya, "change_address", email="x@example.com").status_code, 302)
        self.assertEqual(self.step(self.frank, self.freya, "reset_second_factor").status_code, 302)
        kinds = RoleRequest.objects.values_list("kind", flat=True)
        self.assertEqual(sorted(kinds), ["address", "factor"])
        self.assertFalse(AddressChange.objects.exists())
        self.assertTrue(User.objects.get(pk=self.freya.pk).has_second_factor)
        self.assertNotIn("x@example.com", [address for message in mail.outbox for address in message.to])

    def test_a_password_reset_needs_no_second_admin_unless_the_address_has_just_changed(self):
        self.step(self.frank, self.carol, "send_reset")
        self.assertFalse(RoleRequest.objects.exists())
        self.assertEqual(len(self.told("carol@example.com")), 2, "The link, and that the clinic asked for it.")
        change = addresses.start(user=self.carol, email="c2@example.com", by=self.carol, now=timezone.now())
        addresses._apply(change, timezone.now())
        self.step(self.frank, self.carol, "send_reset")
        self.assertEqual(RoleRequest.objects.get().kind, "reset")
        with later(days=8):
            RoleRequest.objects.get().withdraw(by=self.frank, now=timezone.now())
            self.step(self.frank, self.carol, "send_reset")
            self.assertEqual(RoleRequest.objects.count(), 1)

    def test_requester_user_and_accounts_changed_by_the_requester_cannot_confirm(self):
        two_admins.reset_password(user=self.freya, reason="x", by=self.frank, now=timezone.now())
        self.step(self.frank, self.erin, "assign", role="admin")
        for by in (self.frank, self.freya):
            with self.subTest(by=by.name):
                self.assertEqual(self.decide(by).status_code, 403)
                with self.assertRaises(Forbidden):
                    two_admins.confirm(request=RoleRequest.objects.get(), by=by, now=timezone.now())
        with later(days=31):
            self.assertEqual(self.decide(self.freya).status_code, 302)
        self.assertEqual(User.objects.get(pk=self.erin.pk).role, "admin")

    def test_an_account_created_by_the_requester_cannot_confirm(self):
        made = services.open_account(
            email="new@example.com", name="New", role="staff", by=self.frank, now=timezone.now()
        )
        made.become_admin(reason="two others agreed")
        self.step(self.frank, self.erin, "assign", role="admin")
        self.assertEqual(self.decide(made).status_code, 403)
        self.assertEqual(self.decide(self.freya).status_code, 302)

    def test_a_former_admin_whom_the_requester_reinstated_cannot_confirm(self):
        self.step(self.frank, self.sam, "reinstate")
        self.step(self.frank, self.erin, "assign", role="admin")
        self.assertEqual(self.decide(User.objects.get(pk=self.sam.pk)).status_code, 403)
        self.assertNotEqual(User.objects.get(pk=self.erin.pk).role, "admin")
        self.assertEqual(self.decide(self.freya).status_code, 302)

    def test_the_user_can_decline(self):
        self.step(self.frank, self.freya, "change_address", email="x@example.com")
        self.assertEqual(self.decide(self.freya, "decline", reason="not I").status_code, 302)
        self.assertEqual(RoleRequest.objects.get().status, "declined")
        self.step(self.frank, self.freya, "change_address", email="x@example.com")
        self.assertEqual(self.decide(self.frank, "decline", reason="x").status_code, 403)


class Confirmations(Base):
    def test_a_new_address_is_confirmed_by_its_link_and_can_be_undone_by_the_former_one(self):
        self.step(self.frank, self.carol, "change_address", email="Carol.New@example.com")
        self.assertIn("An admin asks for a change of your account", self.told("carol@example.com"))
        self.assertIn("A request waits for a second admin", self.told("freya@example.com"))
        self.assertEqual(self.decide(self.freya).status_code, 302)
        self.assertEqual(self.email(self.carol), "carol@example.com")
        browser = self.as_(self.carol)
        with sending():
            self.assertEqual(Client().get(self.link("carol.new@example.com")).status_code, 200)
            self.assertEqual(self.email(self.carol), "carol@example.com", "Opening a link changes nothing.")
            self.assertEqual(Client().post(self.link("carol.new@example.com")).status_code, 200)
        self.assertEqual(self.email(self.carol), "carol.new@example.com")
        self.assertEqual(browser.get("/admin/").status_code, 302, "The session has ended.")
        with later(days=6), sending():
            self.assertEqual(Client().post(self.link("carol@example.com")).status_code, 200)
        carol = User.objects.get(pk=self.carol.pk)
        self.assertEqual((carol.email, carol.has_usable_password()), ("carol@example.com", False))
        self.assertIn("Set a new password", self.told("carol@example.com"))

    def test_the_undo_link_expires_after_seven_days(self):
        change = addresses.start(user=self.carol, email="c2@example.com", by=self.carol, now=timezone.now())
        with sending():
            addresses._apply(change, timezone.now())
        link = self.link("carol@example.com")
        with later(days=7, seconds=1):
            self.assertEqual(Client().post(link).status_code, 422)
        self.assertEqual(self.email(self.carol), "c2@example.com")

    def test_undoing_a_change_also_removes_a_second_factor_set_up_since(self):
        change = addresses.start(user=self.carol, email="thief@example.com", by=self.carol, now=timezone.now())
        with sending():
            addresses._apply(change, timezone.now())
        with later(minutes=5):
            enrol(User.objects.get(pk=self.carol.pk))
            Client().post(self.link("carol@example.com"))
        self.assertFalse(User.objects.get(pk=self.carol.pk).has_second_factor)

    def test_undoing_a_change_also_ends_the_later_ones(self):
        moves = ["thief@example.com", "thief.2@example.com", "thief.3@example.com"]
        for minutes, email in enumerate(moves[:2]):
            with later(minutes=minutes), sending():
                carol = User.objects.get(pk=self.carol.pk)
                change = addresses.start(user=carol, email=email, by=carol, now=timezone.now())
                addresses._apply(change, timezone.now())
        with later(minutes=5), sending():
            addresses.start(user=self.carol, email=moves[2], by=self.carol, now=timezone.now())
        links = {email: self.link(email) for email in ("carol@example.com", *moves)}
        with later(minutes=6):
            self.assertEqual(Client().post(links["carol@example.com"]).status_code, 200)
            self.assertEqual(self.email(self.carol), "carol@example.com")
            for email in moves:  # undoing the second change would give the account back to the first thief's address
                self.assertEqual(Client().post(links[email]).status_code, 422)
                token = parse_qs(urlsplit(links[email]).query)["token"][0]
                self.assertEqual(Api().post("/auth/email/change/undo", {"token": token}).status_code, 422)
                self.assertEqual(Api().post("/auth/email/change/confirm", {"token": token}).status_code, 422)
        self.assertEqual(self.email(self.carol), "carol@example.com")
        states = AddressChange.objects.order_by("pk").values_list("status", flat=True)
        self.assertEqual(list(states), ["undone", "undone", "ended"])

    def test_requester_and_confirming_admin_are_recorded(self):
        self.step(self.frank, self.erin, "assign", role="admin")
        self.decide(self.freya)
        touches = AccountTouch.objects.filter(user=self.erin)
        self.assertEqual(set(touches.values_list("what", "by")), {("role", self.frank.pk), ("role", self.freya.pk)})


class OwnerNotices(Base):
    def test_changes_by_others_are_sent_to_every_address_of_the_last_thirty_days(self):
        change = addresses.start(user=self.erin, email="e2@example.com", by=self.erin, now=timezone.now())
        addresses._apply(change, timezone.now())
        self.empty_post()
        erin = User.objects.get(pk=self.erin.pk)
        self.step(self.frank, erin, "suspend", days="3")
        self.step(self.frank, erin, "reinstate")
        self.step(self.frank, erin, "assign", role="staff", duties=["Moderators"])
        self.step(self.frank, erin, "send_reset")
        words = {"Your account was suspended", "Your account was reinstated", "Your role was changed"}
        for address in ("erin@example.com", "e2@example.com"):
            with self.subTest(address=address):
                self.assertLessEqual(words, set(self.told(address)))
        with later(days=31):
            mail.outbox = []
            self.step(self.frank, erin, "suspend", days="3")
        self.assertEqual(self.told("erin@example.com"), [])

    def test_nothing_is_sent_to_addresses_that_were_never_confirmed(self):
        User.objects.without_history("as registered").filter(pk=self.bob.pk).update(is_verified=False)
        change = addresses.start(user=self.bob, email="b2@example.com", by=self.bob, now=timezone.now())
        with sending():
            addresses._apply(change, timezone.now())
        self.assertEqual(self.told("bob@example.com"), [])
        self.assertTrue(User.objects.get(pk=self.bob.pk).is_verified)

    def test_pending_mails_are_still_sent_to_the_former_address(self):
        services.suspend(user=self.bob, reason="x", until=None, by=self.frank, now=timezone.now())
        services.reinstate(user=self.bob, reason="x", by=self.frank, now=timezone.now())
        change = addresses.start(user=self.bob, email="b2@example.com", by=self.bob, now=timezone.now())
        with sending():
            addresses._apply(change, timezone.now())
        self.assertIn("Your account was suspended", self.told("bob@example.com"))
        self.assertNotIn("Your account was suspended", self.told("b2@example.com"))


class SingleAdmin(Base):
    def setUp(self):
        super().setUp()
        User.objects.get(pk=self.freya.pk).suspend(reason="on leave, said the server")
        enrol(self.carol)
        self.step(self.frank, self.carol, "reset_second_factor")
        self.request = RoleRequest.objects.get()

    def alone(self):
        return self.decide(self.frank, "confirm_alone")

    def test_the_only_admin_can_confirm_after_a_day_and_it_is_notified(self):
        self.assertEqual(self.alone().status_code, 200)
        with self.assertRaises(StepRefused):
            two_admins.confirm_alone(request=self.request, by=self.frank, now=timezone.now())
        mail.outbox = []
        with later(hours=24, seconds=1):
            self.assertEqual(self.alone().status_code, 302)
        self.assertFalse(User.objects.get(pk=self.carol.pk).has_second_factor)
        self.assertIn("An admin decided a request alone", self.told("irene@example.com"))
        self.assertIn("Your second factor was reset", self.told("carol@example.com"))
        self.request.refresh_from_db()
        self.assertTrue(self.request.is_alone)

    def test_not_if_there_is_another_admin_or_one_they_have_suspended(self):
        User.objects.get(pk=self.freya.pk).reinstate(reason="back")
        with later(hours=25):
            self.assertEqual(self.alone().status_code, 200)
            freya = User.objects.get(pk=self.freya.pk)
            services.suspend(user=freya, reason="x", until=None, by=self.frank, now=timezone.now())
            self.assertEqual(self.alone().status_code, 200)
        self.assertTrue(User.objects.get(pk=self.carol.pk).has_second_factor)

    def test_the_command_confirms_it_at_once(self):
        out = StringIO()
        call_command("confirm_request", str(self.request.pk), stdout=out)
        self.assertFalse(User.objects.get(pk=self.carol.pk).has_second_factor)
        with self.assertRaises(CommandError):
            call_command("confirm_request", str(self.request.pk), stdout=out)
        with self.assertRaises(CommandError):
            call_command("confirm_request", "999999", stdout=out)

    def test_the_command_restores_the_access_of_an_admin(self):
        enrol(self.frank)
        out = StringIO()
        with sending():
            call_command("recover_admin", "frank@example.com", "--new-address", "Frank.Two@example.com", stdout=out)
        frank = User.objects.get(pk=self.frank.pk)
        self.assertEqual((frank.email, frank.has_second_factor), ("frank.two@example.com", False))
        self.assertIn("Your e-mail address was changed", self.told("frank@example.com"))
        url = out.getvalue().split()[-1].partition("/account/")[2]
        word = "a bridge over the river 8"
        answer = Client().post(f"/account/{url}", {"new_password": word, "again": word})
        self.assertContains(answer, "Your new password is set")
        self.assertTrue(User.objects.get(pk=self.frank.pk).check_password(word))
        for address, more in (("nobody@example.com", []), ("erin@example.com", [])):
            with self.assertRaises(CommandError):
                call_command("recover_admin", address, *more, stdout=out)
        with self.assertRaises(CommandError):
            call_command("recover_admin", "frank.two@example.com", "--new-address", "erin@example.com", stdout=out)

    def test_the_admins_dashboard_lists_requests_with_the_requester(self):
        self.assertContains(self.as_(self.frank).get("/admin/"), "Dr. Carol · Reset the second factor")


class Desk(Base):
    def test_desk_staff_can_request_a_new_address_for_their_own_patients_only(self):
        self.assertEqual(self.step(self.erin, self.alice, "change_address", email="a2@example.com").status_code, 302)
        change = AddressChange.objects.get()
        self.assertEqual(
            (change.user, change.asked_by, self.email(self.alice)), (self.alice, self.erin, "alice@example.com")
        )
        self.assertIn("The clinic wants to change your e-mail address", self.told("alice@example.com"))
        self.assertEqual(self.step(self.erin, self.bob, "change_address", email="b2@example.com").status_code, 404)
        self.book(patient=self.dave, at=time(11))
        self.assertEqual(self.step(self.erin, self.dave, "change_address", email="d2@example.com").status_code, 403)


class WaysAround(Base):
    def test_a_doctor_who_is_made_a_patient_first_still_takes_two_admins(self):
        self.step(self.frank, self.carol, "assign", role=Role.PATIENT)
        carol = User.objects.get(pk=self.carol.pk)
        self.assertEqual((carol.role, carol.takes_two), (Role.PATIENT, True))
        now = timezone.now()
        request = two_admins.change_address(user=carol, email="e@example.net", reason="moved", by=self.frank, now=now)
        self.assertIsNotNone(request)
        self.assertFalse(AddressChange.objects.filter(user=carol).exists())

    def test_of_two_admins_neither_decides_alone_about_the_other(self):
        now = timezone.now()
        request = two_admins.change_address(
            user=self.freya, email="e@example.net", reason="moved", by=self.frank, now=now
        )
        with later(hours=25), self.assertRaises(StepRefused):
            request.confirm_alone(by=self.frank, now=timezone.now())

    def test_who_changed_how_the_requester_logs_in_does_not_confirm_the_request(self):
        make_user("Fiona", Role.ADMIN)
        two_admins.reset_password(user=self.freya, reason="asked by phone", by=self.frank, now=timezone.now())
        request = two_admins.change_role(
            user=self.erin, role=Role.ADMIN, duties=[], reason="new admin", by=self.freya, now=timezone.now()
        )
        self.assertFalse(self.frank.has_perm("users.decide_rolerequest", request))
        with self.assertRaises(Forbidden):
            two_admins.confirm(request=request, by=self.frank, now=timezone.now())
