"""The whole grant table: every permission of every test user on every sample row."""

from datetime import time, timedelta

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.test import RequestFactory, TestCase, tag
from django.utils import timezone

from shs.blog.models import Tag
from shs.core.context import RequestContext, current
from shs.core.grants.held import give
from shs.core.grants.models import GroupShare, ObjectGrant
from shs.core.grants.table import granted_models, may_all, may_some, rows_allowed
from shs.credentialing.models import RegisterEntry
from shs.doctors.models import DoctorInformation
from shs.testing import EveryModel, make_user
from shs.users.models import Duty, Role

VISIT_TO_CAROL = {
    "alice": "view book cancel reschedule read_reason",
    "carol": "view attend confirm complete miss cancel reschedule delay put_first annotate read_reason export",
    "erin": "view add confirm check_in miss cancel reschedule remind delay put_first call export",
    "frank": "view add confirm check_in complete miss cancel reschedule remind delay put_first call annotate "
    "read_reason export",
    "irene": "view",
}
APPLICATION_OF_DAVE = {
    "dave": "view change practise apply",
    "frank": "view add change claim decide suspend confirm schedule export",
    "erin": "view",  # shared with the desk
    "grace": "view add export claim decide suspend",
    "henry": "view",  # shared with him
    "irene": "view",
}
PROFILE_OF_CAROL = {
    "carol": "view change practise apply",
    "erin": "view schedule",
    "frank": "view add change claim decide suspend schedule export",
    "grace": "view add export claim",
    "irene": "view",
}
DOCUMENT_OF_DAVE = {"dave": "view add read", "frank": "view add read", "grace": "view add read", "irene": "view"}
DOCUMENT_OF_CAROL = {"carol": "view add read", "frank": "view add read", "grace": "add", "irene": "view"}
CHECK_OF_DAVE = {"frank": "view", "grace": "view", "irene": "view"}
REGISTER = {"frank": "view add change delete import export", "grace": "view", "irene": "view"}
HOURS_OF_CAROL = {"carol": "view", "erin": "view add change delete", "frank": "view add change delete", "irene": "view"}
HOURS_OF_DAVE = {"dave": "view", "frank": "view add change delete", "irene": "view"}
REVIEW_BY_ALICE = {
    "alice": "view change delete",
    "carol": "answer",
    "frank": "view hide",
    "henry": "view hide",
    "irene": "view",
}
ARTICLE_OF_CAROL = {
    "carol": "view add change submit withdraw",
    "frank": "view publish hide",
    "henry": "view publish hide",
    "irene": "view",
}
COMMENT_BY_BOB = {"bob": "write", "frank": "view hide", "henry": "view hide", "irene": "view"}
ADMIN_ASKED_BY_FRANK = {"frank": "view withdraw confirm_alone", "irene": "view"}
REPORT_BY_ALICE = {"alice": "file", "frank": "view dismiss", "henry": "view dismiss", "irene": "view"}

GUARDIANSHIP_OF_TARA = {"bob": "view end", "frank": "view add end", "irene": "view"}
VISIT_OF_TARA = {
    **VISIT_TO_CAROL,
    "alice": "",
    "bob": "view book cancel reschedule read_reason",
}

VIEW_SHARED_BY_HENRY = {"frank": "view delete", "henry": "view add change delete", "irene": "view"}


def actions_of(model: type[models.Model]) -> list[str]:
    """Every action of `model` in the grant table."""
    return sorted({action for line in granted_models()[model] for action in line.actions})


def permission(model: type[models.Model], action: str) -> str:
    return f"{model._meta.app_label}.{action}_{model._meta.model_name}"


@tag("replay")
class GrantTable(EveryModel, TestCase):
    def allowed(self, model, user, action) -> list[int]:
        return list(model._base_manager.filter(rows_allowed(model, user, action)).values_list("pk", flat=True))

    def test_every_model_of_the_table_has_a_sample_row(self):
        empty = [model._meta.label for model in granted_models() if not model._base_manager.exists()]
        self.assertEqual(empty, [], "The samples.py of their apps must create a row of each.")

    def test_check_and_filter_agree_for_every_user_and_row(self):
        """As in one request, in which the user's duties are read once. The filter returns no row twice, and a
        permission on a row implies the one on the model."""
        self.addCleanup(current.reset, current.set(RequestContext(RequestFactory().get("/"))))
        for model in granted_models():
            lines = [(action, name) for action in actions_of(model) for name in self.people]
            allowed = {line: self.allowed(model, self.people[line[1]], line[0]) for line in lines}
            rows = list(model._base_manager.all())
            for (action, name), found in allowed.items():
                user = self.people[name]
                with self.subTest(model=model.__name__, action=action, who=name):
                    self.assertEqual(len(found), len(set(found)))
                    if found:
                        self.assertTrue(may_some(user, model, action))
                    has = {row.pk for row in rows if user.has_perm(permission(model, action), row)}
                    self.assertEqual(has, {row.pk for row in rows} & set(found))

    def test_each_member_of_staff_has_their_own_duties_in_one_request(self):
        self.addCleanup(current.reset, current.set(RequestContext(RequestFactory().get("/"))))
        self.assertEqual(self.erin.roles_held, {Role.STAFF, Duty.DESK})
        self.assertEqual(self.henry.roles_held, {Role.STAFF, Duty.MODERATION})

    def test_anonymous_and_suspended_users_have_no_permissions(self):
        self.sam.is_active = False
        for model in granted_models():
            for action in actions_of(model):
                for user in (AnonymousUser(), self.sam):
                    with self.subTest(model=model.__name__, action=action, who=str(user)):
                        self.assertEqual(self.allowed(model, user, action), [])
                        self.assertFalse(user.has_perm(permission(model, action)))

    def test_a_suspended_user_of_any_role_has_no_permissions(self):
        for name, user in self.people.items():
            if not user.is_authenticated:
                continue
            user.is_active = False
            for model in granted_models():
                for action in actions_of(model):
                    with self.subTest(model=model.__name__, action=action, who=name):
                        self.assertEqual(self.allowed(model, user, action), [])
                        self.assertFalse(user.has_perm(permission(model, action)))

    def test_an_action_without_a_grant_is_allowed_to_nobody(self):
        for name, user in self.people.items():
            with self.subTest(who=name):
                self.assertFalse(user.has_perm("appointment.delete_appointment", self.visit))
                self.assertFalse(user.has_perm("appointment.no_such_thing"))
                self.assertFalse(user.has_perm("nonsense"))

    def test_a_permission_on_one_model_gives_none_on_another(self):
        self.assertFalse(self.carol.has_perm("appointment.view_appointment", self.dr_carol))

    def test_the_menu_shows_apps_in_which_the_user_has_a_permission(self):
        self.assertTrue(self.erin.has_module_perms("appointment"))
        self.assertFalse(self.henry.has_module_perms("appointment"))
        self.assertFalse(AnonymousUser().has_module_perms("appointment"))


class Expected(EveryModel, TestCase):
    """The expected permissions; users who are not named have none."""

    def assert_rights(self, row: models.Model, expected: dict[str, str]) -> None:
        model = type(row)
        for name, user in self.people.items():
            may = {action for action in actions_of(model) if user.has_perm(permission(model, action), row)}
            with self.subTest(row=str(row), who=name):
                self.assertEqual(may, set(expected.get(name, "").split()))

    def test_alices_visit_to_carol(self):
        self.assert_rights(self.visit, VISIT_TO_CAROL)

    def test_a_guardianship_and_a_visit_of_the_dependant(self):
        self.assert_rights(self.guardianship, GUARDIANSHIP_OF_TARA)
        visit = self.book(patient=self.tara, at=time(15))
        self.assert_rights(visit, VISIT_OF_TARA)
        self.guardianship.end(now=timezone.now(), reason="moved away")
        self.assert_rights(visit, {**VISIT_OF_TARA, "bob": ""})

    def test_the_application_of_dave_which_grace_has_claimed(self):
        self.assert_rights(self.dr_dave, APPLICATION_OF_DAVE)

    def test_the_profile_of_carol(self):
        self.assert_rights(self.dr_carol, PROFILE_OF_CAROL)

    def test_documents(self):
        self.assert_rights(self.dr_dave.documents.get(), DOCUMENT_OF_DAVE)
        self.assert_rights(self.dr_carol.documents.get(), DOCUMENT_OF_CAROL)

    def test_a_check_a_note_and_the_register_of_doctors(self):
        self.assert_rights(self.dr_dave.checks.get(), CHECK_OF_DAVE)
        self.assert_rights(self.dr_dave.case_notes.get(), CHECK_OF_DAVE)
        self.assert_rights(RegisterEntry.objects.get(), REGISTER)

    def test_a_tag_and_a_specialization(self):
        catalogue = "view add change delete archive merge"
        topic = {"carol": "choose", "dave": "choose", "frank": catalogue, "henry": catalogue, "irene": "view"}
        self.assert_rights(Tag.objects.create(name="Salt", slug="salt"), topic)
        chosen = {"carol": "choose", "dave": "choose", "grace": "choose", "irene": "view"}
        specialty = self.dr_carol.specializations.get()
        self.assert_rights(specialty, {**chosen, "frank": f"{catalogue} import export"})

    def test_working_hours(self):
        self.assert_rights(self.dr_carol.availability.first(), HOURS_OF_CAROL)
        self.assert_rights(self.dr_dave.availability.first(), HOURS_OF_DAVE)

    def test_the_review_that_alice_wrote(self):
        self.assert_rights(self.dr_carol.reviews.get(), REVIEW_BY_ALICE)

    def test_an_article_a_comment_and_the_report_of_it(self):
        self.assert_rights(self.article, ARTICLE_OF_CAROL)
        not_sent_in = {who: rights for who, rights in ARTICLE_OF_CAROL.items() if who not in ("henry", "irene")}
        self.assert_rights(self.draft, not_sent_in)
        self.assert_rights(self.comment, COMMENT_BY_BOB)
        self.assert_rights(self.report, REPORT_BY_ALICE)

    def test_an_admin_cannot_decide_their_own_request(self):
        self.assert_rights(self.role_request, ADMIN_ASKED_BY_FRANK)
        another = make_user("Freya", Role.ADMIN)
        self.assertTrue(another.has_perm("users.decide_rolerequest", self.role_request))

    def test_an_admin_cannot_reset_their_own_second_factor(self):
        self.assertTrue(self.frank.has_perm("users.reset_factor_user", self.grace))
        self.assertFalse(self.frank.has_perm("users.reset_factor_user", self.frank))

    def test_a_saved_view_that_henry_shares(self):
        self.assert_rights(self.saved_view, VIEW_SHARED_BY_HENRY)

    def test_a_moderator_sees_authors_by_name_and_may_mute_them(self):
        for writer in (self.alice, self.bob, self.carol):
            may = [name for name in ("view", "mute", "recognise", "suspend") if self.may_with(self.henry, name, writer)]
            self.assertEqual(may, ["view", "mute"])
        self.assertFalse(self.may_with(self.henry, "view", self.grace))

    def may_with(self, user, action, person):
        return user.has_perm(f"users.{action}_user", person)

    def test_an_officer_sees_accounts_of_applicants_only(self):
        seen = {name for name, user in self.people.items() if self.grace.has_perm("users.view_user", user)}
        self.assertEqual(seen, {"carol", "dave"})

    def test_an_unverified_doctor_may_not_treat_patients(self):
        self.dr_carol.suspend(reason="a complaint", now=timezone.now())
        self.assert_rights(
            self.visit, {**VISIT_TO_CAROL, "carol": "view attend cancel reschedule delay read_reason export"}
        )

    def test_an_officer_cannot_verify_their_own_application(self):
        give(self.grace, self.dr_carol, "review", source=ObjectGrant.Source.CLAIM)
        DoctorInformation.objects.without_history("a trick").filter(pk=self.dr_carol.pk).update(user=self.grace)
        for action in ("claim", "decide", "suspend"):
            self.assertFalse(self.grace.has_perm(f"doctors.{action}_doctorinformation", self.dr_carol))


class ExpiredGrants(EveryModel, TestCase):
    """A grant with an end gives no permission from that time on, neither by the check on a row nor by the filter."""

    def end(self, user) -> None:
        GroupShare.objects.all().end("a test of other rights")
        for row in ObjectGrant.objects.filter(user=user):
            row.expires_at = timezone.now() - timedelta(seconds=1)
            row.save()

    def test_desk_staff_with_an_expired_grant_see_no_visits_and_doctors(self):
        self.assertTrue(self.erin.has_perm("appointment.confirm_appointment", self.visit))
        self.end(self.erin)
        for model in granted_models():
            for action in actions_of(model):
                if may_all(self.erin, model, action):
                    continue  # a catalogue, visible to all desk staff
                with self.subTest(model=model.__name__, action=action):
                    self.assertEqual(list(model._base_manager.filter(rows_allowed(model, self.erin, action))), [])
        self.assertFalse(self.erin.has_perm("appointment.confirm_appointment", self.visit))

    def test_an_expired_claim_gives_no_permission_to_decide(self):
        document = self.dr_dave.documents.get()
        self.assertTrue(self.grace.has_perm("credentialing.read_doctordocument", document))
        self.end(self.grace)
        self.assertFalse(self.grace.has_perm("doctors.decide_doctorinformation", self.dr_dave))
        self.assertFalse(self.grace.has_perm("credentialing.read_doctordocument", document))
        self.assertNotIn(self.dr_dave, DoctorInformation.objects.allowed(self.grace, "decide"))

    def test_a_case_with_an_expired_claim_can_be_claimed_by_others(self):
        self.end(self.grace)
        self.assertIsNone(self.dr_dave.reviewer())
        self.dr_dave.claim(by=self.frank, now=timezone.now())
        self.assertEqual(self.dr_dave.reviewer().user, self.frank)

    def test_granting_again_extends_the_same_row(self):
        self.end(self.erin)
        until = timezone.now() + timedelta(days=1)
        give(self.erin, self.clinic, "run_desk", source=ObjectGrant.Source.DESK, by=self.frank, expires_at=until)
        self.assertEqual(ObjectGrant.objects.filter(user=self.erin).count(), 1)
        self.assertTrue(self.erin.has_perm("appointment.confirm_appointment", self.visit))
