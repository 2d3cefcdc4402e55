"""Duties made by the clinic, drawn from what is offered: the two forms of the question, guardian's calls and the pages
agree, and nobody gets more than the rights that were given."""

from collections.abc import Mapping

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import connection, models, transaction
from django.test import Client, RequestFactory, TestCase, tag
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shs.core.context import RequestContext, current
from shs.core.grants import guarded
from shs.core.grants.held import give
from shs.core.grants.models import GroupShare, ObjectGrant
from shs.core.grants.offered import all_offered, lacks, offered
from shs.core.grants.table import granted_models, holds, may_all, may_ever, rows_allowed
from shs.testing import EveryModel, make_user
from shs.tests.prepared import prepared
from shs.tests.test_access import actions_of, permission
from shs.users.models import Duty, MadeDuty, Role, User
from shs.users.models.made_duty import validate_rights

REPEATABLE = settings(
    derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck), max_examples=12
)
EVERYBODY = frozenset({"core.savedview"})
"""The models of which everybody in the office has rows of their own."""


def completed(rights: Mapping[str, str]) -> dict[str, str]:
    """The rights with those without which they open nothing, on all the rows that can be chosen."""
    found = dict(rights)
    while missing := lacks(found):
        found |= {other: list(all_offered()[other])[-1] for _right, other in missing}
    return found


duties = (
    st.lists(st.sampled_from(sorted(all_offered())), min_size=1, max_size=12, unique=True)
    .flatmap(lambda names: st.fixed_dictionaries({name: st.sampled_from(list(all_offered()[name])) for name in names}))
    .map(completed)
)


class Drawn(EveryModel):
    """Mina has a made duty, and works at the desk of Carol's clinic, like Erin."""

    @classmethod
    @prepared
    def make_people(cls):
        super().make_people()
        cls.mina = make_user("Mina", Role.STAFF)
        group = Group.objects.create(name="Drawn")
        cls.duty = MadeDuty.objects.create(name="Drawn", group=group, rights={"appointment.view_appointment": "all"})
        cls.mina.groups.add(group)
        give(cls.mina, cls.clinic, "run_desk", source=ObjectGrant.Source.DESK, reason="works here", by=cls.frank)

    def hold(self, rights: dict[str, str]) -> User:
        """Mina with these rights, as a request reads her."""
        validate_rights(rights)
        self.duty.rights = rights
        self.duty.save()
        return User.objects.get(pk=self.mina.pk)

    def allowed(self, model: type[models.Model], user: User, action: str) -> set[object]:
        return set(model._base_manager.filter(rows_allowed(model, user, action)).values_list("pk", flat=True))


@tag("replay")
class Agreement(Drawn, TestCase):
    def test_whatever_is_given_all_questions_agree_and_nothing_else_is_allowed(self):
        @REPEATABLE
        @given(rights=duties)
        def check(rights: dict[str, str]) -> None:
            with transaction.atomic():
                token = current.set(RequestContext(RequestFactory().get("/")))
                try:
                    self.compare(self.hold(rights), rights)
                finally:
                    current.reset(token)
                    transaction.set_rollback(True)

        check()

    def compare(self, mina: User, rights: dict[str, str]) -> None:
        for model in granted_models():
            for action in actions_of(model):
                right = permission(model, action)
                if right in rights:
                    self.compare_given(mina, model, action, rights[right])
                elif model._meta.label_lower not in EVERYBODY:
                    self.assertFalse(may_ever(mina, model, action), right)
                    self.assertFalse(holds(mina, right), right)
                    self.assertFalse(mina.has_perm(right), right)

    def compare_given(self, mina: User, model: type[models.Model], action: str, rows: str) -> None:
        """One right that Mina holds."""
        right, named = permission(model, action), offered(model, action)[rows]
        allowed = self.allowed(model, mina, action)
        every = list(model._base_manager.all())
        self.assertEqual({row.pk for row in every if mina.has_perm(right, row)}, allowed, right)
        self.assertEqual(set(model._base_manager.filter(named(mina)).values_list("pk", flat=True)), allowed, right)
        self.assertEqual(mina.has_perm(right), may_all(mina, model, action), right)
        self.assertTrue(holds(mina, right), right)
        if rows == "all":
            self.assertEqual(len(allowed), len(every), right)
        elif rows == "clinics":
            shared = GroupShare.objects.filter(group__in=self.erin.groups.all())
            shared = shared.filter(permission__codename=right.partition(".")[2])
            lent = {model._meta.pk.to_python(pk) for pk in shared.values_list("object_pk", flat=True)}
            self.assertEqual(allowed, self.allowed(model, self.erin, action) - lent, right)
        found = guarded.get_objects_for_user(mina, right, model)
        self.assertEqual(set(found.values_list("pk", flat=True)), allowed if mina.has_perm(right) else set(), right)
        checker = guarded.ObjectPermissionChecker(mina)
        self.assertFalse(any(checker.get_perms(row) for row in every[:2]), "What a duty gives is not shared.")

    def test_an_ended_account_holds_nothing_whatever_its_duty_gives(self):
        mina = self.hold({right: list(rows)[-1] for right, rows in all_offered().items()})
        mina.is_active = False
        for right in all_offered():
            self.assertFalse(holds(mina, right), right)

    def test_rows_that_the_table_does_not_name_and_rights_that_are_not_offered_give_nothing(self):
        """Also those that somebody has written into the database, or that an earlier version has offered."""
        self.duty.rights = {
            "appointment.view_appointment": "every",
            "users.assign_user": "all",
            "medical_record.amend_medicalrecord": "own",
            "no.such_thing": "all",
        }
        self.duty.save()
        mina = User.objects.get(pk=self.mina.pk)
        for model in granted_models():
            for action in actions_of(model) if model._meta.label_lower not in EVERYBODY else ():
                self.assertFalse(may_ever(mina, model, action))


@tag("replay")
class Pages(Drawn, TestCase):
    def test_a_list_opens_if_its_right_was_given_and_shows_the_rows_of_that_right(self):
        client = Client()
        client.force_login(self.mina, backend="shs.users.backends.EmailBackend")

        @settings(REPEATABLE, max_examples=4)
        @given(rights=duties)
        def check(rights: dict[str, str]) -> None:
            with transaction.atomic():
                mina = self.hold(rights)
                for model in admin.site._registry:
                    right = permission(model, "view")
                    asked = any(f"_{model._meta.model_name}" in one for one in rights)
                    if asked or model in (User, MadeDuty):
                        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
                        page = client.get(url, follow=True)
                        self.assertEqual(page.status_code, 200 if right in rights else 403, (right, rights))
                        if right in rights:
                            shown = {row.pk for row in page.context["cl"].result_list}
                            self.assertLessEqual(shown, self.allowed(model, mina, "view"))
                transaction.set_rollback(True)

        check()


@tag("any_database")
class Queries(Drawn, TestCase):
    def queries(self, user: User) -> list[str]:
        client = Client()
        client.force_login(user, backend="shs.users.backends.EmailBackend")
        url = reverse("admin:appointment_appointment_changelist")
        client.get(url, {"tab": "all"})
        with CaptureQueriesContext(
            connection,
        ) as found:
            self.assertEqual(client.get(url, {"tab": "all"}).status_code, 200)
        return [query["sql"] for query in found]

    def of_duties(self, found: list[str]) -> list[str]:
        return [sql for sql in found if "users_madeduty" in sql]

    def test_the_rights_of_a_made_duty_are_read_once_a_request_and_only_for_those_who_have_one(self):
        erin, mina = self.queries(self.erin), self.queries(self.hold({"appointment.view_appointment": "all"}))
        self.assertEqual(self.of_duties(erin), [])
        self.assertEqual(len(self.of_duties(mina)), 1)
        self.assertLessEqual(len(mina), 12)

    def test_many_rights_cost_no_more(self):
        few = self.queries(self.hold({"appointment.view_appointment": "all"}))
        many = self.queries(self.hold(completed({right: list(rows)[-1] for right, rows in all_offered().items()})))
        self.assertEqual(len(self.of_duties(many)), len(self.of_duties(few)))


class Both(Drawn, TestCase):
    """Who has a built-in and a made duty has the rights of both."""

    def test_the_rows_of_both_duties_are_allowed(self):
        self.mina.groups.add(Group.objects.get(name=Duty.MODERATION))
        mina = self.hold({"users.view_user": "clinics"})
        both = self.allowed(User, self.erin, "view") | self.allowed(User, self.henry, "view")
        self.assertEqual(self.allowed(User, mina, "view"), both - {mina.pk})
