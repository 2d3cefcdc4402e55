"""Registered pharmacies: their people's one page, what they note on a prescription without a code, and suspension."""

from uuid import uuid4

from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client, TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from shs.core.errors import Invalid, NotFound, StepRefused, TooMany
from shs.core.grants.table import granted_models, rows_allowed
from shs.core.reads.models import ReadLog
from shs.notices.kinds import Kind
from shs.notices.models import Notice
from shs.prescription.admin.pharmacy_page import code_in
from shs.prescription.errors import GivenBefore, NoPharmacy, NotToDispense, TooLate
from shs.prescription.models import DispensedLine, Dispensing, Pharmacy, PharmacyMember
from shs.prescription.services import dispensing, pharmacies
from shs.prescription.services.dispensing import Given
from shs.prescription.tests.scenes import Surgery
from shs.testing import PASSWORD, Api, later, limits, make_user, sending
from shs.users.errors import EmailTaken
from shs.users.models import Role, User

HOME = reverse("admin:pharmacy")


class Base(Surgery, TestCase):
    def setUp(self):
        super().setUp()
        self.found = self.prescribe()
        self.lines = list(self.found.lines.all())

    def office(self, user: User | None = None) -> Client:
        client = Client()
        client.force_login(user or self.judy, backend="shs.users.backends.EmailBackend")
        return client

    def other_pharmacy(self) -> User:
        """Somebody of another pharmacy."""
        hill = Pharmacy.objects.create(name="Hill Pharmacy", address="Road 9, Sylhet", licence="DC-2", phone="0170")
        person = make_user("Kamal", Role.PHARMACY)
        PharmacyMember.objects.create(user=person, pharmacy=hill)
        return person

    def give(self, *extents: str, by: User | None = None, notes: str = "4 tablets", **more) -> Dispensing:
        """The pharmacy dispenses the medicines in this measure."""
        given = {line.pk: Given(extent, notes) for line, extent in zip(self.lines, extents, strict=False)}
        return dispensing.dispense_as(
            prescription=self.found,
            by=by or self.judy,
            given=given,
            now=timezone.now(),
            **{"seen_before": False, **more},
        )

    def page(self, user: User | None = None) -> str:
        return self.office(user).get(reverse("rx", args=(self.found.code,)), {"lang": "en"}).content.decode()

    def post(self, *, client: Client | None = None, **data):
        body = {f"extent_{line.pk}": "all" for line in self.lines} | {"do": "dispense"}
        return (client or self.office()).post(reverse("rx", args=(self.found.code,)), {**body, **data})


class TheirRights(Base):
    def test_they_may_give_out_for_their_pharmacy_and_nothing_else_at_all(self):
        self.other_pharmacy()
        self.give("all", "all")
        held = {}
        for model, lines in granted_models().items():
            for action in {action for line in lines for action in line.actions}:
                if rows := set(model._base_manager.filter(rows_allowed(model, self.judy, action))):
                    held[model, action] = rows
        expected = {(Pharmacy, "dispense"): {self.pharmacy}, (Dispensing, "list"): set(Dispensing.objects.all())}
        self.assertEqual(held, expected)

    def test_the_login_leads_to_their_one_page_and_no_other_is_open(self):
        client = Client()
        answer = client.post(reverse("admin:login"), {"username": self.judy.email, "password": PASSWORD}, follow=True)
        self.assertEqual(answer.request["PATH_INFO"], HOME)
        self.assertContains(answer, "Enter or scan the code of a prescription")
        for name in ("index", "search", "all_pages", "own_address", "shared_with_me", "users_user_changelist"):
            page = client.get(reverse(f"admin:{name}"), follow=True)
            self.assertEqual(page.request["PATH_INFO"], HOME, name)
        for name in ("sessions", "second_factor", "password_change"):
            self.assertEqual(client.get(reverse(f"admin:{name}")).status_code, 200, name)
        client.post(reverse("admin:logout"))
        self.assertEqual(client.get(HOME).status_code, 302, "They have left.")

    def test_the_page_is_theirs_alone(self):
        for user in (self.frank, self.carol, self.erin):
            self.assertEqual(self.office(user).get(HOME).status_code, 403)
        self.assertEqual(self.office(self.alice).get(HOME).status_code, 302)

    @override_settings(STAFF_SECOND_FACTOR="required")
    def test_a_second_factor_is_required_of_them_too(self):
        self.assertIn(reverse("admin:second_factor"), self.office().get(HOME)["Location"])
        self.assertNotIn(self.judy.name, self.page(), "Without it they are nobody on the page of a prescription.")

    def test_they_use_no_app(self):
        answer = Api().post("/auth/login", {"email": self.judy.email, "password": PASSWORD})
        self.assertEqual(answer.status_code, 403)
        for path in ("/auth/profile", "/summary"):
            self.assertEqual(Api(self.judy).get(path).status_code, 401, path)

    def test_an_account_of_a_pharmacy_stays_one_and_no_other_becomes_one(self):
        for user, role in ((self.judy, Role.ADMIN), (self.judy, Role.PATIENT), (self.bob, Role.PHARMACY)):
            with self.subTest(role), self.assertRaises(StepRefused), transaction.atomic():
                user.assign(role=role, duties=[], reason="a test")

    def test_somebody_belongs_to_one_pharmacy(self):
        hill = self.other_pharmacy().pharmacy_member.pharmacy
        with self.assertRaises(IntegrityError), transaction.atomic():
            PharmacyMember.objects.create(user=self.judy, pharmacy=hill)


class InTheOffice(Base):
    def step(self, step: str, **data: str):
        url = reverse("admin:prescription_pharmacy_step", args=(self.pharmacy.pk, step))
        return self.office(self.frank).post(url, data)

    def test_an_admin_adds_a_pharmacy_and_opens_an_account_which_is_invited_by_mail(self):
        url, data = reverse("admin:prescription_pharmacy_add"), {"name": "Hill Pharmacy", "address": "Road 9"}
        self.office(self.frank).post(url, {**data, "licence": "DC-7", "phone": "01700000007"})
        self.pharmacy = Pharmacy.objects.get(licence="DC-7")
        self.assertEqual(self.pharmacy.history.get().history_user, self.frank)
        with sending():
            self.step("invite", name="Kamal Hossain", email="Kamal@example.com")
        person = User.objects.get(email="kamal@example.com")
        self.assertEqual((person.role, person.pharmacy_member.pharmacy), (Role.PHARMACY, self.pharmacy))
        self.assertIn(["kamal@example.com"], [message.to for message in mail.outbox])
        change = reverse("admin:prescription_pharmacy_change", args=(self.pharmacy.pk,))
        self.assertContains(self.office(self.frank).get(change), "Kamal Hossain")

    def test_an_address_that_is_taken_opens_no_account(self):
        with self.assertRaises(EmailTaken):
            pharmacies.invite(
                pharmacy=self.pharmacy, email=self.bob.email, name="Bob", by=self.frank, now=timezone.now()
            )
        self.assertEqual(self.pharmacy.members.count(), 1)

    def test_two_pharmacies_do_not_share_a_licence(self):
        data = {"name": "Twin", "address": "Road 1", "licence": "DC-1001", "phone": "0170"}
        answer = self.office(self.frank).post(reverse("admin:prescription_pharmacy_add"), data)
        self.assertContains(answer, "There is already a pharmacy with this licence.")

    def test_suspending_ends_sessions_and_rights_at_once_and_says_why(self):
        client = self.office()
        client.get(HOME)
        self.step("suspend", reason="the licence has expired")
        self.assertEqual(client.get(HOME).status_code, 302, "The session has ended.")
        self.assertFalse(self.judy.has_perm("prescription.dispense_pharmacy", self.pharmacy))
        with self.assertRaises(NoPharmacy):
            self.give("all", "all")
        again = self.office(User.objects.get(pk=self.judy.pk))
        self.assertContains(again.get(HOME), "the licence has expired")
        self.assertEqual(self.post(client=again).status_code, 403)
        self.assertEqual(Dispensing.objects.count(), 0)
        self.pharmacy.refresh_from_db()
        with self.assertRaises(StepRefused):
            pharmacies.invite(
                pharmacy=self.pharmacy, email="new@example.com", name="New", by=self.frank, now=timezone.now()
            )
        self.step("reinstate", reason="it was renewed")
        self.give("all", "all")
        reasons = self.pharmacy.history.values_list("history_change_reason", flat=True)
        self.assertEqual([reason for reason in reasons if reason], ["it was renewed", "the licence has expired"])

    def test_a_suspension_without_a_reason_is_not_stored(self):
        with self.assertRaises(IntegrityError), transaction.atomic():
            Pharmacy.objects.without_history("a test").filter(pk=self.pharmacy.pk).update(status="suspended")


class OnAPrescription(Base):
    def test_they_note_without_a_code_in_the_name_of_the_pharmacy_and_the_person(self):
        page = self.page()
        self.assertNotIn('name="code"', page)
        self.assertNotIn("Log in as a registered pharmacy", page)
        note = {f"extent_{self.lines[1].pk}": "part", f"note_{self.lines[1].pk}": "4 tablets"}
        read = ReadLog.objects.get(reader=self.judy, subject=self.alice)
        self.assertEqual((read.what, read.ids), ("prescription", [self.found.pk]))
        self.assertEqual(self.post(**note).status_code, 302)
        row = Dispensing.objects.get()
        self.assertEqual((row.registered, row.by), (self.pharmacy, self.judy))
        self.assertEqual(row.pharmacy, "Lake Pharmacy, Road 3, Dhaka")
        self.assertEqual(row.history.get().history_user, self.judy)
        self.assertEqual([line.extent for line in row.lines.all()], ["all", "part"])

    def test_patient_and_doctor_see_what_was_given_out_and_where(self):
        self.give("all", "part")
        told = Api(self.alice).get(f"/prescriptions/{self.found.pk}/dispensing").json()
        self.assertEqual(told["medications"][1]["given"][0]["pharmacy"], "Lake Pharmacy, Road 3, Dhaka")
        change = reverse("admin:prescription_prescription_change", args=(self.found.pk,))
        self.assertContains(self.office(self.carol).get(change), "Lake Pharmacy, Road 3, Dhaka · Judy")
        self.assertEqual(Notice.objects.filter(kind=Kind.DISPENSED, user=self.alice).count(), 1)

    def test_how_much_of_a_part_and_why_nothing_are_asked_for(self):
        for extent in ("part", "none"):
            with self.subTest(extent), self.assertRaises(Invalid) as refused:
                self.give("all", extent, notes=" ")
            self.assertIn(self.lines[1].name, str(refused.exception.detail))
        self.give("all", "none", notes="not in stock")
        self.assertEqual(DispensedLine.objects.latest("pk").note, "not in stock")

    def test_what_was_given_out_whole_needs_no_reason_the_next_time(self):
        self.give("all", "none", notes="not in stock")
        self.give("none", "all", notes="")
        self.assertEqual(Dispensing.objects.count(), 2)

    def test_a_second_time_is_seen_and_confirmed_also_of_another_pharmacy(self):
        self.give("all", "part")
        other = self.other_pharmacy()
        page = self.page(other)
        self.assertIn("Lake Pharmacy, Road 3, Dhaka", page)
        self.assertIn("4 tablets", page)
        with self.assertRaises(GivenBefore):
            self.give("all", "all", by=other)
        self.assertContains(self.post(), "Amoxicillin 500 mg", status_code=409)
        self.give("all", "all", by=other, seen_before=True)
        self.assertEqual(Notice.objects.filter(kind=Kind.DISPENSED, user=self.carol).count(), 1)

    def test_a_second_time_after_a_pharmacy_with_a_code_is_seen_too(self):
        code = dispensing.code_for(self.found, timezone.now())
        given = {line.pk: Given("all") for line in self.lines}
        more = {"given": given, "seen_before": False, "now": timezone.now()}
        dispensing.dispense(prescription=self.found, code=code, pharmacy="River Pharmacy", **more)
        with self.assertRaises(GivenBefore):
            self.give("all", "all")

    def test_nothing_is_given_out_on_what_does_not_count(self):
        with later(days=400), self.assertRaises(NotToDispense):
            self.give("all", "all")
        self.amend(self.found)
        with self.assertRaises(NotToDispense):
            self.give("all", "all")
        self.assertEqual(self.post().status_code, 409)

    def test_nothing_is_given_out_on_a_cancelled_one(self):
        self.found.cancel(reason="wrong patient")
        with self.assertRaises(NotToDispense):
            self.give("all", "all")

    @limits(dispense=(0, 2))
    def test_tries_are_counted_together_with_those_by_a_code(self):
        for _try in range(2):
            with self.assertRaises(Invalid):
                self.give("none", "none")
        with self.assertRaises(TooMany):
            self.give("all", "all")

    def test_a_double_click_notes_it_once_and_a_form_without_a_key_nothing(self):
        client, key = self.office(), uuid4()
        self.assertIn('name="once"', self.page())
        self.assertEqual(self.post(client=client, once="").status_code, 422)
        first, second = (self.post(client=client, once=key) for _click in range(2))
        self.assertEqual(first["Location"], second["Location"])
        self.assertEqual(Dispensing.objects.count(), 1)

    def test_only_the_pharmacy_itself_takes_it_back(self):
        token = dispensing.undo_token(self.give("all", "all"))
        more = {"prescription": self.found, "token": token, "now": timezone.now()}
        for other in (None, self.other_pharmacy()):
            with self.assertRaises(NotFound):
                dispensing.undo(**more, by=other)
        with later(minutes=31), self.assertRaises(TooLate):
            dispensing.undo(**{**more, "now": timezone.now()}, by=self.judy)
        self.assertEqual(self.post(do="undo", undo=token).status_code, 302)
        self.assertEqual(Dispensing.objects.get().status, "undone")

    def test_people_of_no_pharmacy_note_nothing(self):
        with self.assertRaises(NoPharmacy):
            self.give("all", "all", by=make_user("Nobody", Role.PHARMACY))

    def test_whoever_is_not_logged_in_is_led_to_the_login_and_back(self):
        here = reverse("rx", args=(self.found.code,))
        self.assertContains(Client().get(here, {"lang": "en"}), f"{reverse('admin:login')}?next={here}")
        client = Client()
        login = {"username": self.judy.email, "password": PASSWORD}
        self.assertEqual(client.post(f"{reverse('admin:login')}?next={here}", login)["Location"], here)


class TheirPage(Base):
    def test_a_code_or_the_address_of_its_page_opens_the_prescription(self):
        code = self.found.code
        addresses = [f"https://clinic.example/rx/{code}", f"/rx/{code}?lang=bn", f"/rx/{code}/"]
        for text in (code, f" {code[:4]} {code[4:]}-", *addresses):
            self.assertEqual(code_in(text), code, text)
            answer = self.office().get(HOME, {"code": text})
            self.assertRedirects(answer, reverse("rx", args=(code,)))

    def test_what_is_no_code_stays_on_the_page(self):
        for text in ("-", "///", "https://clinic.example/rx/"):
            self.assertContains(self.office().get(HOME, {"code": text}), "This is not the code of a prescription.")

    def test_it_lists_what_the_own_pharmacy_gave_out_without_the_name(self):
        self.give("all", "part")
        page = self.office().get(HOME)
        for words in (f"{self.found.code[:4]}…", "Amoxicillin 500 mg", "4 tablets", "A.", "Judy"):
            self.assertContains(page, words)
        for secret in (self.found.code, "Alice", "tonsillitis", "alice@"):
            self.assertNotContains(page, secret)
        read = ReadLog.objects.filter(reader=self.judy, subject=self.alice).latest("pk")
        self.assertEqual(read.ids, [Dispensing.objects.get().pk])

    def test_what_others_gave_out_and_what_is_older_is_not_listed(self):
        self.give("all", "all")
        self.assertNotContains(self.office(self.other_pharmacy()).get(HOME), "Amoxicillin")
        with later(days=31):
            self.assertNotContains(self.office().get(HOME), "Amoxicillin")

    def test_it_is_read_by_its_index(self):
        rows = pharmacies.given_out_by(self.judy, timezone.now())
        if connection.vendor == "sqlite":
            self.assertIn("dispensing_of_pharmacy", rows.explain())

    def test_a_long_list_has_pages_and_as_many_queries(self):
        self.give("all", "all")
        client = self.office()
        client.get(HOME)
        with CaptureQueriesContext(connection) as one:
            client.get(HOME)
        self.assertLessEqual(len(one), 6)
        for number in range(1, 52):
            row = Dispensing(
                prescription=self.found,
                number=number,
                pharmacy="Lake Pharmacy",
                registered=self.pharmacy,
                by=self.judy,
                given_at=timezone.now(),
            )
            row.save()
            DispensedLine.objects.create(dispensing=row, line=self.lines[0], extent="all")
        with self.assertNumQueries(len(one)):
            page = client.get(HOME)
        self.assertContains(page, "?from=50")
        self.assertEqual(len(client.get(HOME, {"from": "50"}).context["dispensings"]), 2)
        self.assertEqual(client.get(HOME, {"from": "x"}).status_code, 200)
