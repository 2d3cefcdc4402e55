"""The pages of links in mails: forgotten password, confirming and changing the e-mail address; and notices of new
devices."""

from unittest.mock import patch

from django.core import mail
from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from shs.testing import PASSWORD, Api, TestUsers, later, sending
from shs.users import devices
from shs.users.models import AddressChange, KnownDevice, LoginPause, User

PAGES = ("account_password", "account_confirm", "account_address", "account_undo", "account_practise")
WORD = "a bridge over the river 8"


class Base(TestUsers, TestCase):
    def link(self, address: str) -> str:
        """The path of the link in the last mail to `address`."""
        body = [message.body for message in mail.outbox if message.to == [address]][-1]
        return "/account/" + body.partition("/account/")[2].split()[0]


class ForgottenPassword(Base):
    def ask(self, email: str):
        with sending():
            return Client().post(reverse("account_forgotten"), {"email": email})

    def test_the_login_links_to_it_and_the_response_does_not_depend_on_the_account(self):
        self.assertContains(Client().get(reverse("admin:login")), reverse("account_forgotten"))
        known, unknown = self.ask("carol@example.com"), self.ask("nobody@example.com")
        self.assertEqual(known.content, unknown.content)
        self.assertEqual([message.to for message in mail.outbox], [["carol@example.com"]])

    def test_the_link_sets_a_password_once_and_confirms_the_address(self):
        for user in (self.alice, self.erin, self.carol):
            with self.subTest(who=user.name):
                User.objects.without_history("as registered").filter(pk=user.pk).update(is_verified=False)
                self.ask(user.email)
                link = self.link(user.email)
                self.assertContains(Client().get(link), user.email)
                self.assertContains(Client().post(link, {"new_password": WORD, "again": "other"}), "differ")
                self.assertContains(Client().post(link, {"new_password": "short", "again": "short"}), "too short")
                self.assertContains(Client().post(link, {"new_password": WORD, "again": WORD}), "is set")
                found = User.objects.get(pk=user.pk)
                self.assertTrue(found.check_password(WORD) and found.is_verified)
                self.assertEqual(Client().post(link, {"new_password": WORD, "again": WORD}).status_code, 422)

    def test_an_invalid_link_is_refused(self):
        self.enterContext(patch.object(LoginPause, "free", 1000))
        for query in ("", "?uid=x&token=y", "?uid=MQ&token=a-b", f"?uid={'x' * 5000}"):
            for name in PAGES:
                with self.subTest(page=name, query=query[:20]):
                    for answer in (Client().get(f"{reverse(name)}{query}"), Client().post(f"{reverse(name)}{query}")):
                        self.assertEqual(answer.status_code, 422)
                        self.assertContains(answer, reverse("account_forgotten"), status_code=422)

    def test_pages_with_a_token_are_not_cached(self):
        self.ask("alice@example.com")
        self.assertIn("no-store", Client().get(self.link("alice@example.com"))["Cache-Control"])

    def test_posts_from_other_sites_are_refused(self):
        self.ask("alice@example.com")
        strict = Client(enforce_csrf_checks=True)
        answer = strict.post(self.link("alice@example.com"), {"new_password": WORD, "again": WORD})
        self.assertEqual(answer.status_code, 403)


class Registration(Base):
    def test_the_link_opens_a_page_that_confirms_the_address(self):
        with sending():
            Api().post("/auth/register", {"email": "new@example.com", "password": PASSWORD, "name": "New"})
        link = self.link("new@example.com")
        Client().get(link)
        self.assertFalse(User.objects.get(email="new@example.com").is_verified)
        self.assertContains(Client().post(link), "is confirmed")
        self.assertTrue(User.objects.get(email="new@example.com").is_verified)
        self.assertEqual(Client().post(link).status_code, 422)


class OwnAddress(Base):
    def change(self, user: User, email: str, password: str = PASSWORD):
        with sending():
            return Api(user).post("/auth/email/change", {"email": email, "current_password": password})

    def test_a_patient_changes_it_by_the_api_with_password_and_link(self):
        self.assertEqual(self.change(self.alice, "a2@example.com", "wrong").status_code, 422)
        self.assertEqual(self.change(self.alice, "alice@example.com").status_code, 422)
        self.assertEqual(self.change(self.alice, "a2@example.com").status_code, 202)
        self.assertEqual(User.objects.get(pk=self.alice.pk).email, "alice@example.com")
        token = self.link("a2@example.com").partition("token=")[2].replace("%3A", ":")
        caller = Api(self.alice)
        with sending():
            self.assertEqual(Api().post("/auth/email/change/confirm", {"token": token}).status_code, 204)
        self.assertEqual(caller.get("/auth/profile").status_code, 401)
        self.assertEqual(Api().post("/auth/email/change/confirm", {"token": token}).status_code, 422)
        undo = self.link("alice@example.com").partition("token=")[2].replace("%3A", ":")
        self.assertEqual(Api().post("/auth/email/change/confirm", {"token": undo}).status_code, 422)
        self.assertEqual(Api().post("/auth/email/change/undo", {"token": undo}).status_code, 204)
        self.assertEqual(User.objects.get(pk=self.alice.pk).email, "alice@example.com")

    def test_staff_change_it_on_a_page_of_the_admin(self):
        client = Client()
        client.force_login(self.erin, backend="shs.users.backends.EmailBackend")
        page = reverse("admin:own_address")
        self.assertContains(client.get("/admin/"), page)
        wrong = client.post(page, {"email": "e2@example.com", "current_password": "wrong"})
        self.assertContains(wrong, "not your current password")
        self.assertEqual(client.post(page, {"email": "e2@example.com", "current_password": PASSWORD}).status_code, 302)
        self.assertEqual(AddressChange.objects.get().new_email, "e2@example.com")

    def test_only_the_owner_of_a_registered_address_learns_that_it_is_registered(self):
        self.assertEqual(self.change(self.alice, "bob@example.com").status_code, 202)
        answer = Client().post(self.link("bob@example.com"))
        self.assertContains(answer, "already an account", status_code=409)
        self.assertEqual(User.objects.get(pk=self.alice.pk).email, "alice@example.com")

    def test_a_second_change_ends_the_first_link_and_links_expire_after_a_day(self):
        self.change(self.alice, "a2@example.com")
        first = self.link("a2@example.com")
        self.change(self.alice, "a3@example.com")
        self.assertEqual(Client().post(first).status_code, 422)
        with later(hours=25):
            self.assertEqual(Client().post(self.link("a3@example.com")).status_code, 422)

    def test_the_undo_link_is_only_in_the_mail_to_the_former_address(self):
        self.change(self.alice, "a2@example.com")
        with sending():
            Client().post(self.link("a2@example.com"))
        holders = [message.to for message in mail.outbox if "/account/undo-address?token=" in message.body]
        self.assertEqual(holders, [["alice@example.com"]])
        listed = Api(User.objects.get(pk=self.alice.pk)).get("/notifications/").json()["items"]
        self.assertIn("address_changed", [row["kind"] for row in listed])
        self.assertNotIn("undo-address", str(listed))


class NewDevice(Base):
    CHROME, FIREFOX = "Mozilla/5.0 (Windows NT 10.0) Chrome/120.0", "Mozilla/5.0 (X11; Linux x86_64) Firefox/121.0"

    def log_in(self, agent: str, device: str = "") -> str:
        """The token of the app that logs in."""
        with sending():
            data = {"email": "carol@example.com", "password": PASSWORD}
            headers = {"User-Agent": agent, "X-Device-Token": device}
            return Api().post("/auth/login", data, **headers).json()["device"]

    def told(self) -> list[str]:
        return [message.body for message in mail.outbox if message.subject == "Login from a new device"]

    def test_a_login_from_a_new_device_sends_a_notice_except_the_first(self):
        mine = self.log_in(self.CHROME)
        self.log_in(self.CHROME, mine)
        self.assertEqual(self.told(), [])
        other = self.log_in(self.FIREFOX)
        self.log_in(self.FIREFOX, other)
        (body,) = self.told()
        self.assertIn("Firefox on Linux", body)

    def test_an_app_without_its_token_is_new_although_it_has_the_same_name(self):
        mine = self.log_in(self.CHROME)
        self.log_in(self.CHROME)
        self.assertEqual(len(self.told()), 1)
        with later(days=366):
            self.log_in(self.CHROME, mine)
            self.assertEqual(len(self.told()), 2, "A token lasts for a year.")

    def test_a_device_from_before_a_new_password_is_told_again_in_office_and_api(self):
        thief = Client()
        form = {"username": "carol@example.com", "password": PASSWORD}
        thief.post(reverse("admin:login"), form)
        thief.post(reverse("admin:logout"))
        app = self.log_in(self.CHROME)
        with sending():
            Client().post(reverse("account_forgotten"), {"email": "carol@example.com"})
        owner = Client()
        owner.post(self.link("carol@example.com"), {"new_password": WORD, "again": WORD})
        for client, told in ((owner, 0), (thief, 1), (thief, 0)):
            mail.outbox = []
            with sending():
                client.post(reverse("admin:login"), {**form, "password": WORD})
            self.assertEqual(len(self.told()), told)
            client.post(reverse("admin:logout"))
        for told in (1, 0):
            mail.outbox = []
            with sending():
                data = {"email": "carol@example.com", "password": WORD}
                app = Api().post("/auth/login", data, **{"X-Device-Token": app}).json()["device"]
            self.assertEqual(len(self.told()), told)

    def test_who_changes_the_password_or_logs_others_out_stays_known(self):
        browser, form = Client(), {"username": "carol@example.com", "password": PASSWORD}
        browser.post(reverse("admin:login"), form)
        browser.post(reverse("admin:sessions"), {"everywhere": "others"})
        change = {"old_password": PASSWORD, "new_password1": WORD, "new_password2": WORD}
        self.assertEqual(browser.post(reverse("admin:password_change"), change).status_code, 302)
        browser.post(reverse("admin:logout"))
        with sending():
            browser.post(reverse("admin:login"), {**form, "password": WORD})
        app = Api(User.objects.get(pk=self.carol.pk))
        answer = app.post("/auth/password/change", {"current_password": WORD, "new_password": PASSWORD})
        with sending():
            data = {"email": "carol@example.com", "password": PASSWORD}
            Api().post("/auth/login", data, **{"X-Device-Token": answer["X-Device-Token"]})
        self.assertEqual(self.told(), [])

    def test_the_first_login_after_the_registration_is_new_if_another_app_registered(self):
        data = {"email": "new@example.com", "password": PASSWORD}
        device = Api().post("/auth/register", {**data, "name": "New"}).json()["device"]
        with sending():
            Api().post("/auth/login", data)
        self.assertEqual(self.told(), [], "Nobody has confirmed the address: it may be a stranger's.")
        User.objects.get(email="new@example.com").confirm_email()
        for token, told in ((device, 0), ("", 1)):
            with sending():
                Api().post("/auth/login", data, **{"X-Device-Token": token})
            self.assertEqual(len(self.told()), told)

    def test_a_login_to_the_admin_from_a_new_device_sends_a_notice_too(self):
        self.log_in(self.CHROME)
        with sending():
            Client().post(
                reverse("admin:login"),
                {"username": "carol@example.com", "password": PASSWORD},
                headers={"User-Agent": self.FIREFOX},
            )
        self.assertEqual(len(self.told()), 1)

    def test_a_browser_without_its_token_is_new_although_it_has_the_same_name(self):
        mine, thief = Client(), Client()
        form = {"username": "carol@example.com", "password": PASSWORD}
        for client, told in ((mine, 0), (mine, 0), (thief, 1)):
            with sending():
                client.post(reverse("admin:login"), form, headers={"User-Agent": self.CHROME})
            self.assertEqual(len(self.told()), told)
            client.post(reverse("admin:logout"))

    def test_a_device_is_forgotten_after_a_year(self):
        from shs.users.tasks import forget_logins

        devices.note(user=self.carol, agent="x", now=timezone.now())
        with later(days=366):
            forget_logins(now=timezone.now())
        self.assertFalse(KnownDevice.objects.exists())
