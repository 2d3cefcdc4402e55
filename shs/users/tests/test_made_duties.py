"""Duties that the clinic makes: what they may hold, who confirms them, and what saving does."""

from django.contrib.auth.models import Group
from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from shs.core.errors import Forbidden, Invalid, Refused, StepRefused
from shs.core.grants.held import give
from shs.core.grants.models import ObjectGrant
from shs.core.grants.offered import all_offered, offered, rights_of_line, split
from shs.notices.models import Notice
from shs.testing import Api, CommittedTestCase, TestUsers, at_once, later, make_user
from shs.tests.prepared import prepared
from shs.users import duties
from shs.users.models import Duty, DutyChange, MadeDuty, Role, User
from shs.users.models.made_duty import validate_rights

VISITS = {"appointment.view_appointment": "clinics", "appointment.check_in_appointment": "clinics"}
CHARTS = {"medical_record.view_medicalrecord": "all", "users.read_chart_user": "all"}


def saved(by: User, rights: dict[str, str], *, duty: MadeDuty | None = None, name: str = "Front office", **more: str):
    """What saving a duty returns, as from the form that was opened just now."""
    seen = more.get("seen", duty.seen if duty else "")
    return duties.save(duty=duty, name=name, rights=rights, seen=seen, reason="needed", by=by, now=timezone.now())


class Base(TestUsers, TestCase):
    @classmethod
    @prepared
    def make_people(cls):
        super().make_people()
        cls.freya = make_user("Freya", Role.ADMIN)
        cls.mina = make_user("Mina", Role.STAFF)

    def give(self, duty: MadeDuty, *, who: User | None = None) -> User:
        """Give the duty to Mina."""
        who = who or self.mina
        who.assign(role=Role.STAFF, duties=[*who.groups.values_list("name", flat=True), duty.name], reason="works here")
        return User.objects.get(pk=who.pk)

    def at_the_desk(self, who: User) -> None:
        give(who, self.clinic, "run_desk", source=ObjectGrant.Source.DESK, reason="works here", by=self.frank)


class Rights(Base):
    def test_a_made_duty_gives_its_rights_on_its_rows_and_nothing_else(self):
        mina = self.give(saved(self.frank, VISITS))
        self.assertFalse(mina.has_perm("appointment.view_appointment", self.visit))
        self.at_the_desk(mina)
        self.assertTrue(mina.has_perm("appointment.check_in_appointment", self.visit))
        self.assertFalse(mina.has_perm("appointment.cancel_appointment", self.visit))
        self.assertFalse(mina.has_perm("appointment.view_appointment"))
        self.assertTrue(mina.runs_desks, "They can be put to the desk of a clinic.")

    def test_all_is_all(self):
        mina = self.give(saved(self.frank, {"appointment.view_appointment": "all"}))
        self.assertTrue(mina.has_perm("appointment.view_appointment"))
        self.assertFalse(mina.runs_desks)

    def test_only_staff_have_duties(self):
        duty = saved(self.frank, {"appointment.view_appointment": "all"})
        self.bob.groups.add(duty.group)
        self.assertFalse(User.objects.get(pk=self.bob.pk).has_perm("appointment.view_appointment", self.visit))

    def test_a_made_duty_gives_no_right_in_the_api(self):
        mina = self.give(saved(self.frank, {"appointment.view_appointment": "all"}))
        self.assertEqual(Api(mina).get(f"/appointments/{self.visit.pk}").status_code, 404)

    def test_no_duty_is_called_like_a_role_or_a_built_in_duty(self):
        for name in ("admin", "ADMIN", "Patient", "clinic desk", " Auditors "):
            with self.subTest(name=name), self.assertRaises(Invalid) as refused:
                saved(self.frank, VISITS, name=name)
            self.assertEqual(refused.exception.field, "name")

    def test_a_group_with_the_name_of_a_role_gives_none(self):
        self.mina.groups.add(Group.objects.create(name="admin"))
        self.assertEqual(User.objects.get(pk=self.mina.pk).roles_held, {Role.STAFF})

    def test_names_are_unique_in_any_spelling(self):
        saved(self.frank, VISITS)
        with self.assertRaises(Refused):
            saved(self.frank, VISITS, name="FRONT Office")

    def test_what_is_not_offered_is_refused(self):
        for rights in (
            {},
            {"appointment.annotate_appointment": "all"},  # the doctor's
            {"medical_record.amend_medicalrecord": "own"},  # the doctor's
            {"users.assign_user": "others"},  # makes admins
            {"users.break_glass_user": "all"},
            {"medical_record.share_medicalrecord": "all"},  # the patient's
            {"appointment.view_appointment": "own"},  # no line of the table names such rows
            {"doctors.change_clinic": "all"},
            {"users.compose_madeduty": "all"},
            {"nonsense": "all"},
            {"appointment.cancel_appointment": "all"},  # opens nothing without the right to see
            {"medical_record.view_medicalrecord": "all"},  # nor this without the chart
        ):
            with self.subTest(rights=rights), self.assertRaises(Invalid):
                saved(self.frank, rights)
        self.assertFalse(MadeDuty.objects.exists())

    def test_every_built_in_duty_can_be_copied_whole(self):
        for duty in Duty:
            rights = rights_of_line(duty)
            validate_rights(rights)
            who = {Duty.VERIFICATION: self.grace, Duty.DESK: self.erin, Duty.MODERATION: self.henry}.get(
                duty, self.irene
            )
            for right, rows in rights.items():
                model, action = split(right)
                mine = {row.pk for row in model._base_manager.filter(offered(model, action)[rows](who))}
                theirs = {row.pk for row in model._base_manager.all() if who.has_perm(right, row)}
                self.assertEqual(mine, theirs, right)

    def test_nothing_that_makes_admins_or_duties_or_is_a_doctors_is_offered(self):
        names = set(all_offered())
        self.assertFalse(
            {one for one in names if one.split(".")[1].startswith(("assign_", "compose_", "break_glass_"))}
        )
        for name in ("users.decide_rolerequest", "users.decide_dutychange", "core.release_restore", "users.reset_user",
                     "medical_record.add_medicalrecord", "prescription.issue_prescription"):  # fmt: skip
            self.assertNotIn(name, names)


class Saving(Base):
    def test_what_touches_no_chart_account_or_audit_is_saved_at_once(self):
        duty = saved(self.frank, VISITS)
        self.assertIsInstance(duty, MadeDuty)
        self.assertEqual(duty.history.get().history_change_reason, "needed")

    def test_what_touches_charts_waits_for_a_second_admin_who_is_told(self):
        request = saved(self.frank, CHARTS)
        self.assertIsInstance(request, DutyChange)
        self.assertFalse(MadeDuty.objects.exists())
        self.assertEqual(
            set(Notice.objects.filter(about=f"duty_change:{request.pk}").values_list("user", flat=True)),
            {self.freya.pk},
        )
        duties.confirm(request=request, by=self.freya, now=timezone.now())
        mina = self.give(MadeDuty.objects.get())
        self.assertTrue(mina.has_perm("users.read_chart_user", self.alice))

    def test_accounts_and_audit_wait_too_also_where_they_are_taken_away(self):
        for right in ("users.view_user", "users.view_guardianship", "core.view_readlog", "core.view_usershare"):
            self.assertIsInstance(saved(self.frank, {right: "all"}, name=right), DutyChange)
        duties.confirm(request=DutyChange.objects.get(name="core.view_readlog"), by=self.freya, now=timezone.now())
        duty = MadeDuty.objects.get()
        self.assertIsInstance(saved(self.frank, VISITS, duty=duty, name=duty.name), DutyChange)
        self.assertEqual(MadeDuty.objects.get().rights, {"core.view_readlog": "all"})

    def test_the_one_who_asked_cannot_confirm_and_what_is_declined_or_withdrawn_changes_nothing(self):
        for end in ("decline", "withdraw"):
            request = saved(self.frank, CHARTS)
            with self.assertRaises(Forbidden):
                duties.confirm(request=request, by=self.frank, now=timezone.now())
            with self.assertRaises(StepRefused):
                duties.confirm_alone(request=request, by=self.frank, now=timezone.now())
            if end == "decline":
                request.decline(by=self.freya, reason="no", now=timezone.now())
            else:
                request.withdraw(by=self.frank, now=timezone.now())
            with self.assertRaises(StepRefused):
                duties.confirm(request=DutyChange.objects.get(pk=request.pk), by=self.freya, now=timezone.now())
            self.assertFalse(MadeDuty.objects.exists())

    def test_an_admin_made_by_the_one_who_asked_cannot_confirm(self):
        self.freya.touches.create(what="role", by=self.frank, at=timezone.now())
        request = saved(self.frank, CHARTS)
        self.assertFalse(self.freya.has_perm("users.decide_dutychange", request))
        with self.assertRaises(Forbidden):
            duties.confirm(request=request, by=self.freya, now=timezone.now())

    def test_who_is_no_longer_an_admin_has_nothing_confirmed(self):
        request = saved(self.frank, CHARTS)
        self.frank.assign(role=Role.PATIENT, duties=[], reason="left")
        with self.assertRaises(Forbidden):
            duties.confirm(request=DutyChange.objects.get(pk=request.pk), by=self.freya, now=timezone.now())
        self.assertFalse(MadeDuty.objects.exists())

    def test_where_there_is_no_other_admin_one_may_confirm_after_a_day_and_auditors_are_told(self):
        request = saved(self.frank, CHARTS)
        User.objects.without_history("a test").filter(pk=self.freya.pk).update(is_active=False)
        with self.assertRaises(StepRefused):
            duties.confirm_alone(request=request, by=self.frank, now=timezone.now())
        with later(hours=25):
            duties.confirm_alone(request=request, by=self.frank, now=timezone.now())
        self.assertTrue(MadeDuty.objects.exists())
        self.assertTrue(Notice.objects.filter(about=f"duty_change:{request.pk}", user=self.irene).exists())

    def test_a_form_that_was_opened_before_another_change_is_refused(self):
        duty = saved(self.frank, VISITS)
        seen = duty.seen
        saved(self.freya, {"appointment.view_appointment": "all"}, duty=MadeDuty.objects.get())
        with self.assertRaisesMessage(StepRefused, "Somebody else has changed this duty"):
            saved(self.frank, VISITS, duty=duty, name="Other", seen=seen)

    def test_while_a_request_waits_nothing_else_is_asked_for(self):
        duty = saved(self.frank, VISITS)
        saved(self.frank, {**VISITS, **CHARTS}, duty=duty)
        with self.assertRaisesMessage(StepRefused, "waits for a second admin"):
            saved(self.freya, {"appointment.view_appointment": "all"}, duty=MadeDuty.objects.get())

    def test_a_request_for_a_duty_that_has_changed_since_or_is_archived_is_refused(self):
        duty = saved(self.frank, VISITS)
        request = saved(self.frank, {**VISITS, **CHARTS}, duty=duty)
        duty.archive(reason="no longer", now=timezone.now())
        with self.assertRaisesMessage(StepRefused, "has changed since"):
            duties.confirm(request=request, by=self.freya, now=timezone.now())
        duty.unarchive(reason="again")
        duty.rights = {"appointment.view_appointment": "all"}
        duty.save()
        with self.assertRaisesMessage(StepRefused, "has changed since"):
            duties.confirm(request=DutyChange.objects.get(), by=self.freya, now=timezone.now())
        self.assertEqual(DutyChange.objects.get().status, "waiting")

    def test_a_new_name_is_everywhere_and_the_rights_stay(self):
        duty = saved(self.frank, VISITS)
        mina = self.give(duty)
        self.assertIsInstance(saved(self.frank, VISITS, duty=duty, name="Reception"), MadeDuty)
        self.assertEqual(User.objects.get(pk=mina.pk).roles_held, {"staff", "Reception"})
        self.assertTrue(User.objects.get(pk=mina.pk).runs_desks)

    def test_an_archived_duty_stays_with_who_has_it_and_is_given_to_nobody(self):
        duty = saved(self.frank, {"appointment.view_appointment": "all"})
        mina = self.give(duty)
        duty.archive(reason="no longer", now=timezone.now())
        self.assertTrue(mina.has_perm("appointment.view_appointment", self.visit))
        with self.assertRaisesMessage(Invalid, "archived"):
            self.give(duty, who=self.henry)
        self.give(duty, who=mina)
        self.assertEqual(MadeDuty.objects.given_to(self.henry), [])
        self.assertEqual(MadeDuty.objects.given_to(mina), ["Front office"])


class Effects(Base):
    def test_a_person_gains_and_loses_what_no_other_duty_gives_them(self):
        duty = saved(self.frank, VISITS)
        self.give(duty)
        self.give(duty, who=self.erin)
        then = {"appointment.view_appointment": "all", "appointment.cancel_appointment": "clinics"}
        found, number = duties.effects(duty, then)
        mina, erin = (next(one for one in found if one.person == who) for who in (self.mina, self.erin))
        self.assertEqual(number, 2)
        self.assertEqual(
            mina.gains, [("appointment.cancel_appointment", "clinics"), ("appointment.view_appointment", "all")]
        )
        self.assertEqual(mina.loses, [("appointment.check_in_appointment", "clinics")])
        self.assertEqual((erin.gains, erin.loses), ([("appointment.view_appointment", "all")], []))

    def test_the_number_of_queries_does_not_depend_on_the_number_of_people(self):
        duty = saved(self.frank, VISITS)
        for number in range(8):
            self.give(duty, who=make_user(f"Staff{number}", Role.STAFF))
        with self.assertNumQueries(3):
            duties.effects(duty, {"appointment.view_appointment": "all"})


class Pages(Base):
    def sign_in(self, user: User) -> Client:
        client = Client()
        client.force_login(user, backend="shs.users.backends.EmailBackend")
        return client

    def fields(self, rights: dict[str, str]) -> dict[str, str]:
        return {f"right-{right.replace('.', '-')}": rows for right, rows in rights.items()}

    def previewed(self, client: Client, url: str, data: dict[str, str]):
        """The preview, and the data to save what it shows."""
        page = client.post(url, data)
        return page, {**data, "previewed": page.context["digest"], "save": "1"}

    def test_a_copy_is_previewed_then_saved_and_given_in_the_office(self):
        client = self.sign_in(self.frank)
        desk = Group.objects.get(name=Duty.DESK)
        new = reverse("admin:users_madeduty_new")
        page = client.get(new, {"copy": desk.pk})
        self.assertEqual(page.context["form"]["right-appointment-cancel_appointment"].value(), "clinics")
        titles = [group.title for group in page.context["form"].groups]
        self.assertEqual(len(titles), len(set(titles)))
        self.assertNotIn("Authentication and Authorization", titles)
        data = {"name": "Visits only", "reason": "a trial", **self.fields(VISITS)}
        self.assertEqual(
            client.post(new, {**data, "save": "1"}).status_code, 200, "Nothing is saved without a preview."
        )
        page, data = self.previewed(client, new, data)
        self.assertContains(page, "nobody gains or loses anything")
        self.assertFalse(MadeDuty.objects.exists())
        client.post(new, {**data, **self.fields({"appointment.view_appointment": "all"})})
        self.assertFalse(MadeDuty.objects.exists(), "Other rights than those that were shown are not saved.")
        duty_page = client.post(new, data, follow=True)
        self.assertContains(duty_page, "Visits only")
        assign = reverse("admin:users_user_step", args=(self.mina.pk, "assign"))
        client.post(assign, {"role": "staff", "duties": ["Visits only"], "reason": "helps"})
        self.at_the_desk(self.mina)
        office = self.sign_in(User.objects.get(pk=self.mina.pk))
        visits = office.get(reverse("admin:appointment_appointment_changelist"), {"tab": "all"})
        self.assertIn(self.visit, visits.context["cl"].result_list)
        self.assertEqual(office.get(reverse("admin:users_user_changelist")).status_code, 403)
        self.assertEqual(office.get(new).status_code, 403)

    def test_a_preview_names_who_gains_and_loses_and_asks_a_second_admin(self):
        duty = saved(self.frank, VISITS)
        self.give(duty)
        url = reverse("admin:users_madeduty_edit", args=(duty.pk,))
        client = self.sign_in(self.frank)
        data = {"name": duty.name, "reason": "audits", "seen": duty.seen, **self.fields({**VISITS, **CHARTS})}
        page, data = self.previewed(client, url, data)
        self.assertContains(page, "second admin has to confirm")
        self.assertContains(page, "Mina")
        self.assertRedirects(
            client.post(url, data), reverse("admin:users_dutychange_change", args=(DutyChange.objects.get().pk,))
        )
        step = reverse("admin:users_dutychange_step", args=(DutyChange.objects.get().pk, "confirm"))
        self.assertEqual(client.post(step).status_code, 403)
        other = self.sign_in(self.freya)
        self.assertContains(other.get(step), "Mina + ")
        self.assertEqual(other.post(step).status_code, 302)
        self.assertEqual(MadeDuty.objects.get().rights, {**VISITS, **CHARTS})
        history = client.get(reverse("admin:users_madeduty_history", args=(duty.pk,)))
        self.assertContains(history, "Can read this person&#x27;s chart: all")
        self.assertNotContains(history, "users.read_chart_user")
        said = self.sign_in(self.irene).get(reverse("admin:changes"), {"kind": "users.MadeDuty"})
        self.assertContains(said, "Gives: Can view medical records: all; Can read")

    def test_a_refusal_is_shown_and_what_was_typed_is_kept(self):
        client, new = self.sign_in(self.frank), reverse("admin:users_madeduty_new")
        page = client.post(new, {"name": "Auditors", "reason": "x", **self.fields(VISITS)})
        self.assertContains(page, "built-in duty")
        self.assertEqual(page.context["form"]["right-appointment-view_appointment"].value(), "clinics")
        page = client.post(new, {"name": "Empty", "reason": "x"})
        self.assertContains(page, "Choose at least one right.")

    def test_unknown_copies_are_not_found(self):
        client, new = self.sign_in(self.frank), reverse("admin:users_madeduty_new")
        for key in ("0", "x", "9" * 30, Group.objects.create(name="nothing").pk):
            self.assertEqual(client.get(new, {"copy": key}).status_code, 404)

    def test_the_list_shows_built_in_and_made_duties_with_what_can_be_done(self):
        duty = saved(self.frank, VISITS)
        page = self.sign_in(self.frank).get(reverse("admin:auth_group_changelist"))
        self.assertContains(page, "built in")
        self.assertContains(page, "made by the clinic")
        self.assertContains(page, reverse("admin:users_madeduty_edit", args=(duty.pk,)))
        audits = self.sign_in(self.irene).get(reverse("admin:auth_group_changelist"))
        self.assertNotContains(audits, reverse("admin:users_madeduty_new"))


class Races(CommittedTestCase):
    def test_of_two_who_change_the_same_duty_one_is_refused(self):
        admins = [make_user(name, Role.ADMIN) for name in ("Frank", "Freya")]
        duty = saved(admins[0], VISITS)
        seen = duty.seen
        wanted = [{"appointment.view_appointment": "all"}, {"appointment.view_appointment": "clinics"}]

        def change(number: int) -> str:
            try:
                saved(admins[number], wanted[number], duty=MadeDuty.objects.get(), seen=seen)
            except StepRefused:
                return "refused"
            return "saved"

        self.assertEqual(sorted(at_once(2, change)), ["refused", "saved"])
        self.assertEqual(MadeDuty.history.count(), 2)

    def test_of_two_who_ask_for_the_same_duty_one_is_refused(self):
        admins = [make_user(name, Role.ADMIN) for name in ("Frank", "Freya")]

        def ask(number: int) -> str:
            try:
                saved(admins[number], CHARTS)
            except Exception as error:
                return type(error).__name__
            return "asked"

        self.assertEqual(at_once(2, ask).count("asked"), 1)
        self.assertEqual(DutyChange.objects.count(), 1)
