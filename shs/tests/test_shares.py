"""What is shared: the grant table and guardian's calls agree, for every model, person, duty and right."""

from collections import defaultdict
from datetime import timedelta

from django.contrib.auth.models import AnonymousUser, Group
from django.db import models
from django.test import RequestFactory, TestCase
from django.utils import timezone

from shs.core.context import RequestContext, current
from shs.core.errors import Invalid
from shs.core.grants import guarded
from shs.core.grants.models import GroupShare, UserShare
from shs.core.grants.shares import KINDS, held_shares, revoke, share
from shs.core.grants.table import SHARE, granted_models, holds, may_all, may_ever, may_some, rows_allowed, shareable
from shs.testing import EveryModel, later, make_user
from shs.tests.test_access import actions_of, permission
from shs.users.models import Duty, Role, User

HENRY, DESK = "henry", Duty.DESK


class SharedEverything(EveryModel):
    """Of every model a row is shared with Henry, the same and another one with the desk: each right that can be."""

    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        for kind in KINDS:
            kind.objects.all().delete()
        cls.desk = Group.objects.get(name=DESK)
        cls.given: dict[tuple[type[models.Model], str, str], set[object]] = defaultdict(set)
        for model in granted_models():
            first, *more = model._base_manager.order_by("pk")
            for action in shareable(model):
                cls.assign(action, cls.henry, HENRY, [first])
                cls.assign(action, cls.desk, DESK, [first, *more[-1:]])
        cls.people = {**cls.people, "suspended": cls.henry_before()}

    @classmethod
    def assign(cls, action, who, name, rows):
        for row in rows:
            guarded.assign_perm(permission(type(row), action), who, row)
            cls.given[type(row), action, name].add(row.pk)

    @classmethod
    def henry_before(cls):
        """A member of staff like Henry and Erin, with whom the same is shared, and who is then suspended."""
        sid = make_user("Sid", Role.STAFF, duty=DESK)
        for (model, action, name), keys in list(cls.given.items()):
            if name == HENRY:
                guarded.assign_perm(permission(model, action), sid, model._base_manager.get(pk=min(keys, key=str)))
        User.objects.without_history("a test user").filter(pk=sid.pk).update(is_active=False)
        sid.refresh_from_db()
        return sid

    def setUp(self):
        self.addCleanup(current.reset, current.set(RequestContext(RequestFactory().get("/"))))

    def expected(self, model, action, name) -> set[object]:
        return self.given[model, action, {"henry": HENRY, "erin": DESK}.get(name, "nobody")]


class Agreement(SharedEverything, TestCase):
    def test_lists_of_the_table_and_of_guardian_hold_what_is_shared_and_guardians_no_more(self):
        for model in granted_models():
            for action in actions_of(model):
                for name, user in self.people.items():
                    if not user.is_authenticated:
                        continue
                    with self.subTest(model=model.__name__, action=action, who=name):
                        allowed = set(model._base_manager.filter(rows_allowed(model, user, action)).values_list("pk"))
                        right, given = permission(model, action), {(pk,) for pk in self.expected(model, action, name)}
                        found = guarded.get_objects_for_user(user, right, model, accept_global_perms=False)
                        self.assertEqual(set(found.values_list("pk")), given)
                        self.assertLessEqual(given, allowed)
                        self.assertLessEqual(set(guarded.get_objects_for_user(user, right).values_list("pk")), allowed)

    def test_rights_on_a_row_are_those_shared_and_are_held_by_the_table_too(self):
        for model in granted_models():
            rows = list(model._base_manager.all())
            for name in ("suspended", "alice", "carol", "erin", "frank", "henry", "irene"):
                user = self.people[name]
                checker = guarded.ObjectPermissionChecker(user)
                if checker.is_open:
                    checker.prefetch_perms(rows)
                for row in rows:
                    named = {f"{a}_{model._meta.model_name}": a for a in actions_of(model)}
                    found = {named[codename] for codename in checker.get_perms(row)}
                    with self.subTest(row=f"{model.__name__} {row.pk}", who=name):
                        given = {a for a in named.values() if row.pk in self.expected(model, a, name)}
                        self.assertEqual(found, given)
                        for action in given:
                            self.assertTrue(user.has_perm(permission(model, action), row))

    def test_who_has_something_on_a_row_is_named_with_each_right(self):
        for model in granted_models():
            row = model._base_manager.order_by("pk").first()
            codenames = {f"{action}_{model._meta.model_name}" for action in shareable(model)}
            with self.subTest(model=model.__name__):
                found = {
                    user: set(names) for user, names in guarded.get_users_with_perms(row, attach_perms=True).items()
                }
                self.assertEqual(found, {self.henry: codenames, self.erin: codenames} if codenames else {})
                self.assertEqual(set(guarded.get_users_with_perms(row)), set(found))
                groups = guarded.get_groups_with_perms(row, attach_perms=True)
                self.assertEqual(
                    {who: set(names) for who, names in groups.items()}, {self.desk: codenames} if codenames else {}
                )

    def test_what_is_shared_opens_no_more_than_these_rows(self):
        """No right on the model: neither on all rows, nor as one of the role."""
        for model in granted_models():
            for action in shareable(model):
                with self.subTest(model=model.__name__, action=action):
                    self.assertTrue(may_some(self.henry, model, action))
                    if not may_ever(self.henry, model, action):
                        self.assertFalse(may_all(self.henry, model, action))
                        self.assertFalse(holds(self.henry, permission(model, action)))
                        allowed = model._base_manager.filter(rows_allowed(model, self.henry, action))
                        self.assertEqual({row.pk for row in allowed}, self.given[model, action, HENRY])

    def test_nothing_is_left_once_it_has_ended_and_the_history_stays(self):
        row = self.dr_dave
        with later(days=91):
            current.get().memory.clear()
            self.assertEqual(held_shares(self.henry), [])
            self.assertFalse(UserShare.objects.filter(user=self.henry).exists())
            self.assertFalse(self.henry.has_perm("doctors.view_doctorinformation", row))
            self.assertEqual(guarded.shortcuts.get_perms(self.henry, row), [])
            self.assertTrue(GroupShare.objects.exists())
            self.assertEqual(guarded.get_perms(self.desk, row), [])
            self.assertFalse(GroupShare.objects.exists())
            ends = UserShare.history.filter(user=self.henry, history_type="-", history_change_reason="ended")
            self.assertEqual(ends.count(), sum(len(keys) for (_m, _a, who), keys in self.given.items() if who == HENRY))

    def test_an_ended_right_is_renewed_by_assigning_it_again(self):
        until = UserShare.objects.filter(user=self.henry).latest("ends_at").ends_at
        with later(days=91):
            guarded.assign_perm("doctors.view_doctorinformation", self.henry, self.dr_dave)
            current.get().memory.clear()
            self.assertTrue(self.henry.has_perm("doctors.view_doctorinformation", self.dr_dave))
            row = UserShare.objects.get(
                user=self.henry, object_pk=str(self.dr_dave.pk), permission__codename="view_doctorinformation"
            )
            self.assertGreater(row.ends_at, until)


class Sharing(EveryModel, TestCase):
    def give(self, obj, action="view", *, to=None, days=7, by=None):
        until = timezone.now() + timedelta(days=days)
        return share(obj, action, to=to or self.henry, ends_at=until, reason="helps out", by=by or self.frank)

    def test_a_change_brings_the_right_to_see_and_goes_with_it(self):
        self.give(self.dr_carol, "change")
        self.assertEqual(
            set(guarded.get_perms(self.henry, self.dr_carol)), {"view_doctorinformation", "change_doctorinformation"}
        )
        row = UserShare.objects.get(
            user=self.henry, permission__codename="view_doctorinformation", object_pk=str(self.dr_carol.pk)
        )
        self.assertEqual((row.granted_by, row.reason), (self.frank, "helps out"))
        revoke(row, reason="done")
        self.assertEqual(guarded.get_perms(self.henry, self.dr_carol), [])
        self.assertFalse(self.henry.has_perm("doctors.change_doctorinformation", self.dr_carol))
        self.assertEqual(UserShare.history.filter(history_type="-", history_change_reason="done").count(), 2)

    def test_what_can_never_be_shared(self):
        refused = [
            (self.role_request, "decide"),  # the second admin's
            (self.role_request, "confirm_alone"),
            (self.dr_dave, "decide"),
            (self.dr_dave, "confirm"),
            (self.article, "publish"),
            (self.alice, "reset"),
            (self.alice, "read_chart"),
            (self.clinic, "change"),
        ]
        for row, action in refused:
            with self.subTest(row=str(row), action=action), self.assertRaises(Invalid):
                guarded.assign_perm(permission(type(row), action), self.henry, row)
        for to in (self.alice, self.sam):
            with self.subTest(to=str(to)), self.assertRaises(Invalid):
                self.give(self.dr_carol, to=to)
        for days in (-1, 91):
            with self.subTest(days=days), self.assertRaises(Invalid):
                self.give(self.dr_carol, days=days)

    def test_admins_alone_share(self):
        for name, user in self.people.items():
            with self.subTest(who=name):
                self.assertEqual(user.has_perm(permission(User, SHARE), self.alice), name == "frank")
        self.assertFalse(AnonymousUser().has_perm(permission(User, SHARE), self.alice))

    def test_a_person_who_leaves_the_office_or_a_duty_holds_nothing(self):
        self.give(self.clinic, to=self.carol)
        self.give(self.clinic, to=Group.objects.get(name=DESK))
        for user, leave in [
            (self.carol, lambda: self.carol.suspend(reason="a complaint")),
            (self.erin, lambda: self.erin.assign(role=Role.STAFF, duties=[Duty.AUDIT], reason="moves")),
        ]:
            self.assertTrue(user.has_perm("doctors.view_clinic", self.clinic))
            leave()
            if user == self.carol:
                self.assertFalse(user.has_perm("doctors.view_clinic", self.clinic))
            self.assertEqual(guarded.get_perms(user, self.clinic), [])
        with self.assertNumQueries(0):
            self.assertEqual(held_shares(self.alice), [])
            self.assertEqual(held_shares(self.frank), [])
