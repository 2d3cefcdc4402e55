"""The second factor of the admin: setting it up, logging in with it, and removing it."""

import logging
from datetime import timedelta

import time_machine
from django.test import Client, TestCase, override_settings
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from shs.testing import PASSWORD, TestUsers
from shs.users import second_factor
from shs.users.models import User

REQUIRED = override_settings(STAFF_SECOND_FACTOR="required")
KEY = "3132333435363738393031323334353637383930"
INDEX, LOGIN = reverse("admin:index"), reverse("admin:login")
SEARCH = "/admin/search/?s=a"
CODE_PAGE, OWN_PAGE = reverse("admin:second_factor_code"), reverse("admin:second_factor")


def code_of(key: str = KEY) -> str:
    """The present code of an authenticator app with this key."""
    totp = TOTP(bytes.fromhex(key))
    totp.time = timezone.now().timestamp()
    return f"{totp.token():06d}"


def enrol(user: User) -> list[str]:
    """Set up the app with KEY a minute ago, so that its present code is unused; returns the backup codes."""
    with time_machine.travel(timezone.now() - timedelta(minutes=2), tick=False):
        codes = second_factor.enrol(user=user, key=KEY, code=code_of(), now=timezone.now())
    user.refresh_from_db()
    return codes


class Base(TestUsers, TestCase):
    def setUp(self):
        # Codes are valid for half a minute, so the clock stands still and tests move it.
        self.clock = time_machine.travel(timezone.now().replace(microsecond=0), tick=False)
        self.now = self.clock.start()
        self.addCleanup(self.clock.stop)

    def give_password(self, user: User, client: Client | None = None, page: str = LOGIN):
        return (client or self.client).post(page, {"username": user.email, "password": PASSWORD})

    def give_code(self, code: str, client: Client | None = None, page: str = CODE_PAGE):
        return (client or self.client).post(page, {"code": code})

    def is_inside(self, client: Client | None = None) -> bool:
        return (client or self.client).get(reverse("admin:users_user_changelist")).status_code == 200

    def enter(self, user: User) -> Client:
        """A client that is logged in with the second factor."""
        client = Client()
        self.give_password(user, client)
        self.assertRedirects(self.give_code(code_of(), client), INDEX)
        self.now.shift(60)
        return client


class Enrolment(Base):
    @REQUIRED
    def test_without_one_only_the_setup_page_opens_after_login(self):
        for user in (self.frank, self.erin, self.carol, self.irene):
            client = Client()
            self.give_password(user, client)
            for page in (
                INDEX,
                reverse("admin:users_user_changelist"),
                reverse("admin:sessions"),
                "/admin/search/?s=a",
            ):
                with self.subTest(who=user.name, page=page):
                    answer = client.get(page)
                    self.assertEqual(answer.status_code, 302)
                    self.assertTrue(answer["Location"].startswith(f"{OWN_PAGE}?next="))
            shown = client.get(OWN_PAGE)
            self.assertEqual(shown.status_code, 200)
            self.assertFalse("nav-sidebar" in shown.content.decode(), "The sidebar is shown.")

    def test_if_optional_a_password_is_enough(self):
        self.give_password(self.frank)
        self.assertTrue(self.is_inside())

    def key_on_page(self) -> str:
        self.client.get(OWN_PAGE)
        return self.client.session[second_factor.KEY]

    @REQUIRED
    def test_a_code_confirms_the_setup_and_backup_codes_are_shown_once(self):
        self.give_password(self.frank)
        key = self.key_on_page()
        wrong = self.client.post(OWN_PAGE, {"do": "enrol", "code": "000000"})
        self.assertContains(wrong, "The code does not match")
        self.assertFalse(TOTPDevice.objects.exists())
        self.assertEqual(self.key_on_page(), key)
        done = self.client.post(OWN_PAGE, {"do": "enrol", "code": code_of(key)})
        self.assertContains(done, "<li><code>", count=second_factor.BACKUP_CODES)
        self.assertTrue(self.is_inside())
        later = self.client.get(OWN_PAGE).content.decode()
        self.assertFalse("<li><code>" in later, "The codes are shown again.")
        self.assertFalse(second_factor.KEY in self.client.session, "The session contains the key.")

    def test_the_qr_code_is_allowed_by_the_content_security_policy_and_has_the_key_beside_it(self):
        self.give_password(self.frank)
        page = self.client.get(OWN_PAGE)
        self.assertContains(page, 'src="data:image/svg+xml')
        self.assertIn("img-src 'self' data:", page["Content-Security-Policy"])
        self.assertRegex(page.content.decode(), r'shs-secret">([A-Z2-7]{4} ){7}[A-Z2-7]{4}<')

    def test_each_session_gets_its_own_key(self):
        self.give_password(self.frank)
        other = Client()
        self.give_password(self.frank, other)
        other.get(OWN_PAGE)
        self.assertNotEqual(self.key_on_page(), other.session[second_factor.KEY])

    def test_other_sessions_of_the_user_must_enter_a_code(self):
        self.give_password(self.frank)
        enrol(self.frank)
        self.assertRedirects(self.client.get(INDEX), f"{CODE_PAGE}?next={INDEX.replace('/', '%2F')}")
        self.assertFalse(self.is_inside())
        self.give_code(code_of())
        self.assertTrue(self.is_inside())

    def test_the_history_has_the_setup_without_the_key(self):
        enrol(self.frank)
        line = self.frank.history.order_by("history_id").last()
        self.assertEqual(line.history_change_reason, "second factor set up")
        self.assertEqual(line.second_factor_at, self.frank.second_factor_at)
        self.assertFalse(hasattr(TOTPDevice, "history"))

    def test_the_backup_codes_cannot_be_read_back(self):
        codes = enrol(self.frank)
        stored = " ".join(StaticToken.objects.values_list("token", flat=True))
        self.assertEqual(len(codes), 10)
        for code in codes:
            self.assertNotIn(code, stored)
            self.assertNotIn(code.replace("-", ""), stored)


class Login(Base):
    def setUp(self):
        super().setUp()
        self.codes = enrol(self.frank)

    def test_the_password_alone_is_not_enough(self):
        wanted = reverse("admin:users_user_changelist")
        answer = self.give_password(self.frank, page=f"{LOGIN}?next={wanted}")
        self.assertTrue(answer["Location"].startswith(CODE_PAGE))
        self.assertNotIn("_auth_user_id", self.client.session)
        self.assertEqual(self.client.get(INDEX).status_code, 302)
        self.assertRedirects(self.give_code(code_of(), page=answer["Location"]), wanted)

    def test_it_does_not_redirect_to_other_sites(self):
        self.give_password(self.frank)
        self.assertRedirects(self.give_code(code_of(), page=f"{CODE_PAGE}?next=https://evil.example/"), INDEX)

    def test_the_code_page_without_a_password_redirects_to_the_login(self):
        for answer in (self.client.get(CODE_PAGE), self.give_code(code_of())):
            self.assertRedirects(answer, LOGIN)

    def test_a_code_long_after_the_password_is_refused(self):
        self.give_password(self.frank)
        self.now.shift(second_factor.HELD_SECONDS + 1)
        self.assertRedirects(self.give_code(code_of()), LOGIN)

    def test_a_code_can_be_used_once(self):
        self.give_password(self.frank)
        self.give_code(code_of())
        other = Client()
        self.give_password(self.frank, other)
        self.assertContains(self.give_code(code_of(), other), "has already been used")
        self.assertFalse(self.is_inside(other))
        self.now.shift(30)
        self.assertRedirects(self.give_code(code_of(), other), INDEX)

    def test_a_backup_code_can_be_used_once_in_any_spelling(self):
        for number, typed in enumerate((self.codes[0].upper(), f" {self.codes[1].replace('-', ' ')} ")):
            client = Client()
            self.give_password(self.frank, client)
            self.assertRedirects(self.give_code(typed, client), INDEX)
            self.assertEqual(second_factor.codes_left(self.frank), 9 - number)
        other = Client()
        self.give_password(self.frank, other)
        self.assertContains(self.give_code(self.codes[0], other), "has already been used")

    def test_a_backup_code_of_another_user_is_wrong(self):
        second_factor.enrol(user=self.erin, key="ab" * 20, code=code_of("ab" * 20), now=timezone.now())
        self.give_password(self.erin)
        self.assertContains(self.give_code(self.codes[0]), "The code is incorrect")

    def test_wrong_codes_count_like_wrong_passwords_and_cause_growing_pauses(self):
        self.give_password(self.frank)
        self.assertEqual([self.give_code("000000").status_code for _attempt in range(5)], [200, 200, 200, 200, 429])
        self.assertContains(self.give_code(code_of()), "Too many failed logins", status_code=429)
        self.assertEqual(self.give_password(self.frank, Client()).status_code, 429)
        self.now.shift(31)
        self.assertEqual(self.give_code("000000").status_code, 429)
        self.now.shift(31)
        self.assertEqual(self.give_code(code_of()).status_code, 429)
        self.assertFalse(self.is_inside())
        self.now.shift(31)
        self.assertRedirects(self.give_code(code_of()), INDEX)

    def test_entering_the_password_again_does_not_reset_wrong_codes(self):
        for _attempt in range(5):
            self.give_password(self.frank)
            last = self.give_code("000000")
        self.assertEqual(last.status_code, 429)

    def test_a_right_code_resets_them(self):
        for _round in range(3):
            self.give_password(self.frank)
            for _attempt in range(4):
                self.give_code("000000")
            self.assertRedirects(self.give_code(code_of()), INDEX)
            self.now.shift(60)
            self.client.logout()

    def test_unusual_codes_are_no_500(self):
        for code in ("", " ", "-", "١٢٣٤٥٦", "12345", "1" * 400, "%s", "<b>", "\U0001f600", "a\u0000b"):
            with self.subTest(code=code):
                client = Client()
                self.give_password(self.frank, client)
                self.assertIn(self.give_code(code, client).status_code, {200, 429})
                self.now.shift(600)

    def test_after_suspension_or_a_new_password_the_code_is_refused(self):
        self.give_password(self.frank)
        User.objects.get(pk=self.frank.pk).change_password("another lantern 8", reason="meanwhile")
        self.assertRedirects(self.give_code(code_of()), LOGIN)

    def test_a_session_without_code_opens_neither_admin_nor_api(self):
        client = Client()
        client.force_login(self.frank, backend="shs.users.backends.EmailBackend")
        own = [INDEX, reverse("admin:sessions"), OWN_PAGE, reverse("admin:password_change"), SEARCH]
        for page in own:
            for method in (client.get, client.post):
                with self.subTest(page=page):
                    answer = method(page)
                    self.assertEqual(answer.status_code, 302)
                    self.assertTrue(answer["Location"].startswith(CODE_PAGE))
        self.assertEqual(client.get("/api/v1/auth/profile").status_code, 401)

    def test_the_language_can_be_changed_during_login_without_changing_the_account(self):
        self.give_password(self.frank)
        self.client.post(reverse("set_language"), {"language": "bn", "next": CODE_PAGE})
        self.assertTrue('<html lang="bn"' in self.client.get(CODE_PAGE).content.decode(), "It is not in Bangla.")
        self.assertEqual(User.objects.get(pk=self.frank.pk).language, self.frank.language)

    def test_neither_pages_nor_logs_contain_the_key(self):
        with self.assertLogs("", logging.DEBUG) as lines:
            logging.getLogger("shs").info("begin")
            client = self.enter(self.frank)
            pages = [OWN_PAGE, reverse("admin:users_user_change", args=(self.frank.pk,)), reverse("admin:changes")]
            shown = "".join(client.get(page).content.decode() for page in pages)
        key = TOTPDevice.objects.get().key
        for text in (shown, "\n".join(lines.output)):
            self.assertFalse(key in text, "The key is shown.")
            self.assertFalse(any(code in text for code in self.codes), "A backup code is shown.")

    def test_the_devices_are_not_in_the_admin(self):
        client = self.enter(self.frank)
        for page in ("/admin/otp_totp/totpdevice/", "/admin/otp_static/staticdevice/"):
            self.assertEqual(client.get(page).status_code, 404)


class OwnPage(Base):
    def setUp(self):
        super().setUp()
        self.codes = enrol(self.frank)
        self.client = self.enter(self.frank)

    def test_new_backup_codes_need_a_code_and_replace_the_old_ones(self):
        self.assertContains(self.client.post(OWN_PAGE, {"do": "renew", "code": "000000"}), "The code is incorrect")
        self.now.shift(60)
        self.assertContains(self.client.post(OWN_PAGE, {"do": "renew", "code": code_of()}), "<li><code>", count=10)
        other = Client()
        self.give_password(self.frank, other)
        self.assertContains(self.give_code(self.codes[0], other), "The code is incorrect")

    def test_removing_needs_the_password_and_a_code(self):
        for data in ({"password": "x", "code": code_of()}, {"password": PASSWORD, "code": "000000"}, {}):
            with self.subTest(data=data):
                self.assertEqual(self.client.post(OWN_PAGE, {"do": "remove", **data}).status_code, 200)
                self.assertTrue(User.objects.get(pk=self.frank.pk).has_second_factor)
                self.now.shift(60)
        answer = self.client.post(OWN_PAGE, {"do": "remove", "password": PASSWORD, "code": code_of()})
        self.assertRedirects(answer, OWN_PAGE)
        self.assertFalse(User.objects.get(pk=self.frank.pk).has_second_factor)
        self.assertFalse(TOTPDevice.objects.exists() or StaticDevice.objects.exists())

    @REQUIRED
    def test_after_removing_a_required_one_another_must_be_set_up(self):
        self.client.post(OWN_PAGE, {"do": "remove", "password": PASSWORD, "code": code_of()})
        self.assertFalse(self.is_inside())
        self.assertContains(self.client.get(OWN_PAGE), "Set up your second factor")
