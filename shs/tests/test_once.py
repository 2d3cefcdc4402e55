"""Each POST of the office does its work once: a double click, a reload or a retry gets the answer of the first time."""

import threading
from collections import Counter
from typing import Any
from unittest.mock import patch
from uuid import uuid4

from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client, RequestFactory, TestCase, tag
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse
from django.utils import timezone

from shs.appointment.models import Appointment
from shs.core.admin import answered
from shs.core.admin.forms import Choose
from shs.core.admin.once import WITHOUT_KEY
from shs.core.admin.steps import StepPages
from shs.core.api.models import KeptAnswer
from shs.core.grants.table import rows_allowed
from shs.core.tasks import forget_answers
from shs.testing import CommittedTestCase, TestUsers, at_once, later, soon
from shs.tests.test_admin_access import Replay
from shs.users.models import User

BACKEND = "shs.users.backends.EmailBackend"
ILL = {"by_whom": "patient", "code": "other", "reason": "ill"}


def login(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


@tag("any_database")
class Once(TestUsers, TestCase):
    def setUp(self):
        self.client = login(self.erin)
        self.confirm = reverse("admin:appointment_appointment_step", args=(self.visit.pk, "confirm"))

    def versions(self) -> int:
        return Appointment.history.filter(id=self.visit.pk).count()

    def shown(self) -> str:
        return self.client.get(reverse("admin:desk")).content.decode()

    def test_the_second_answer_is_that_of_the_first_and_says_so(self):
        key, before = uuid4(), self.versions()
        first = self.client.post(self.confirm, {"once": key})
        page = self.shown()
        self.assertIn("The visit is confirmed.", page)
        self.assertNotIn("This was done already.", page)
        again = self.client.post(self.confirm, {"once": key})
        self.assertEqual((again.status_code, again["Location"]), (302, first["Location"]))
        page = self.shown()
        self.assertIn("This was done already.", page)
        self.assertIn("The visit is confirmed.", page)
        self.assertEqual(self.versions(), before + 1)

    def test_what_the_first_told_is_told_once_if_it_still_waits(self):
        key = uuid4()
        self.client.post(self.confirm, {"once": key})
        self.client.post(self.confirm, {"once": key})
        page = self.shown()
        self.assertEqual(page.count("The visit is confirmed."), 1)
        self.assertEqual(page.count("This was done already."), 1)

    def test_a_dialog_gets_its_address_again(self):
        key = uuid4()
        answers = [self.client.post(self.confirm, {"once": key}, headers={"X-Dialog": "1"}) for _time in range(2)]
        self.assertEqual(answers[0].json(), answers[1].json())
        self.assertIn("go", answers[1].json())

    def test_a_refused_form_leaves_its_key_free(self):
        cancel = reverse("admin:appointment_appointment_step", args=(self.visit.pk, "cancel"))
        key = uuid4()
        self.assertEqual(self.client.post(cancel, {"once": key}).status_code, 200)
        self.assertFalse(KeptAnswer.objects.exists())
        self.assertEqual(
            self.client.post(cancel, {**ILL, "once": key}).status_code,
            302,
        )

    def test_a_forbidden_or_broken_page_leaves_its_key_free(self):
        other = login(self.grace)
        self.assertIn(other.post(self.confirm).status_code, {403, 404})
        self.client.raise_request_exception = False
        with patch.object(StepPages, "_take", side_effect=RuntimeError), self.assertLogs("django.request", "ERROR"):
            self.assertEqual(self.client.post(self.confirm).status_code, 500)
        self.assertFalse(KeptAnswer.objects.exists())

    def test_a_post_without_a_key_is_refused_and_says_what_to_do(self):
        for wrong in ("", "x", "\x00", "9" * 5000):
            with self.subTest(key=wrong[:5]):
                answer = self.client.post(
                    self.confirm, {"once": wrong}, headers={"Referer": "http://testserver/admin/desk/"}
                )
                self.assertContains(answer, "This form is too old", status_code=422)
                self.assertContains(answer, 'href="http://testserver/admin/desk/"', status_code=422)
        self.visit.refresh_from_db()
        self.assertEqual(self.visit.status, "pending")

    def test_the_same_key_at_another_page_or_of_another_user_is_another_work(self):
        key = uuid4()
        other = self.book(patient=self.bob, day=soon(3))
        self.client.post(self.confirm, {"once": key})
        self.client.post(reverse("admin:appointment_appointment_step", args=(other.pk, "confirm")), {"once": key})
        other.refresh_from_db()
        self.assertEqual(other.status, "confirmed")
        self.assertContains(login(self.frank).post(self.confirm, {"once": key}), "Confirm")

    def test_who_has_changed_something_is_told_that_it_is_not_saved(self):
        key = uuid4()
        cancel = reverse("admin:appointment_appointment_step", args=(self.visit.pk, "cancel"))
        self.client.post(cancel, {**ILL, "once": key})
        self.client.post(cancel, {**ILL, "once": key, "reason": "away"})
        self.assertContains(self.client.get(reverse("admin:desk")), "Changes you made after that are not saved.")

    def test_a_key_is_kept_for_a_day(self):
        self.client.post(self.confirm)
        with later(hours=23):
            forget_answers(now=timezone.now())
            self.assertTrue(KeptAnswer.objects.exists())
        with later(hours=25):
            forget_answers(now=timezone.now())
            self.assertFalse(KeptAnswer.objects.exists())

    def test_what_is_kept_holds_nothing_that_was_typed(self):
        cancel = reverse("admin:appointment_appointment_step", args=(self.visit.pk, "cancel"))
        self.client.post(cancel, {**ILL, "reason": "very-private"})
        self.assertNotIn("very-private", str(KeptAnswer.objects.values_list()))

    def test_files_belong_to_what_was_sent(self):
        hashed = []
        for content in (b"a", b"a", b"b"):
            request = RequestFactory().post(self.confirm, {"f": SimpleUploadedFile("a.txt", content)})
            hashed.append(answered._hashed(*answered._parts(request)))
            self.assertEqual(request.FILES["f"].read(), content)
        self.assertEqual(hashed[0], hashed[1])
        self.assertNotEqual(hashed[1], hashed[2])

    def test_a_key_whose_first_answer_is_missing_does_nothing_and_says_so(self):
        key = uuid4()
        with patch.object(answered, "_kept", side_effect=SystemExit), self.assertRaises(SystemExit):
            self.client.post(self.confirm, {"once": key})
        before = self.versions()
        with patch.object(answered, "POLL_SECONDS", 0), patch.object(answered, "POLLS", 3):
            answer = self.client.post(self.confirm, {"once": key})
        self.assertContains(answer, "This is still being done", status_code=409)
        self.assertEqual(self.versions(), before)

    def test_a_post_needs_two_queries_more_and_a_page_none(self):
        url = reverse("admin:desk")
        self.client.get(url)
        with CaptureQueriesContext(connection) as found:
            self.client.get(url)
        self.assertFalse([q for q in found if "keptanswer" in q["sql"]])
        for data in ({}, {"nothing": "valid"}):
            with CaptureQueriesContext(connection) as found:
                self.client.post(self.confirm, data)
            self.assertEqual(len([q for q in found if "keptanswer" in q["sql"]]), 2)

    def test_pages_without_a_key_exist_and_say_why(self):
        _prefix, pages = get_resolver().namespace_dict["admin"]
        for name, why in WITHOUT_KEY.items():
            self.assertIn(name, pages.reverse_dict)  # the pages of the screens too
            self.assertTrue(why, name)
        answer = Client().post(reverse("admin:login"), {"once": "", "username": "x", "password": "y"})
        self.assertEqual(answer.status_code, 200)


def filled(form: forms.Form) -> dict[str, Any]:
    """Something valid for each field of a form, as far as it can be known."""
    return {name: _value(field, form.get_initial_for_field(field, name)) for name, field in form.fields.items()}


def _value(field: forms.Field, initial: Any) -> Any:
    if isinstance(field, Choose):
        return getattr(field.queryset.first(), "pk", "")
    if isinstance(field, forms.ChoiceField):
        return next((value for value, _label in field.choices if value), "")
    if isinstance(field, forms.DateField):
        return str(soon(5))
    if isinstance(field, forms.TimeField):
        return "11:00"
    if isinstance(field, forms.IntegerField):
        return field.min_value or 1
    if isinstance(field, forms.BooleanField):
        return "on"
    return initial or "because it is so"


@tag("any_database")
class EachStep(Replay, TestCase):
    """Each step of each screen, sent twice."""

    def test_each_step_that_is_sent_twice_is_taken_once(self):
        take, taken, done = StepPages._take, Counter[str](), set()

        def counted(screen: Any, request: Any, step: Any, *args: Any) -> bool:
            is_done = take(screen, request, step, *args)
            taken[step.name] += is_done
            return is_done

        self.enterContext(patch.object(StepPages, "_take", counted))
        for name, user, client in self.clients(inside=True):
            for model, screen in self.screens():
                for step in screen.steps().values():
                    seen = model._base_manager.filter(rows_allowed(model, user, "view")).order_by("pk")[:50]
                    legal = (row for row in seen if step.is_legal(row) and self.may(user, model, step.action, row))
                    row = next(legal, None)
                    if row is None or (model, step.name) in done:
                        continue
                    with self.subTest(who=name, model=model.__name__, step=step.name), transaction.atomic():
                        data = {**filled(step.form(record=row, user=user)), "once": uuid4()}
                        url = self.url(model, "step", row.pk, step.name)
                        taken.clear()
                        first = client.post(url, data)
                        if first.status_code == 302 and taken[step.name]:
                            done.add((model, step.name))
                            self.assertEqual(client.post(url, data)["Location"], first["Location"])
                            self.assertEqual(taken[step.name], 1)
                        transaction.set_rollback(True)
        self.assertGreater(len(done), 25, sorted(f"{model.__name__}.{name}" for model, name in done))


class Races(TestUsers, CommittedTestCase):
    def test_a_second_post_waits_for_the_first(self):
        self.make_people()
        url = reverse("admin:appointment_appointment_step", args=(self.visit.pk, "cancel"))
        data = {**ILL, "once": uuid4()}
        take, began = StepPages._take, threading.Event()

        def slowly(*args: Any) -> bool:
            began.set()
            threading.Event().wait(0.5)
            return take(*args)

        with patch.object(StepPages, "_take", slowly):
            answers = at_once(4, lambda _number: login(self.erin).post(url, data))
        self.assertTrue(began.is_set())
        self.assertEqual([answer.status_code for answer in answers], [302] * 4)
        self.assertEqual(len({answer["Location"] for answer in answers}), 1)
        self.assertEqual(Appointment.history.filter(id=self.visit.pk, status="cancelled").count(), 1)

    def test_a_second_post_does_the_work_if_the_first_was_refused(self):
        self.make_people()
        url = reverse("admin:appointment_appointment_step", args=(self.visit.pk, "confirm"))
        data, take, calls = {"once": uuid4()}, StepPages._take, []

        def refused_at_first(screen: Any, request: Any, step: Any, record: Any, form: Any) -> bool:
            calls.append(1)
            if len(calls) == 1:
                threading.Event().wait(0.4)
                form.add_error(None, "no")
                return False
            return take(screen, request, step, record, form)

        with patch.object(StepPages, "_take", refused_at_first):
            answers = at_once(2, lambda _number: login(self.erin).post(url, data).status_code)
        self.assertEqual(sorted(answers), [200, 302])
        self.assertEqual(Appointment.objects.get(pk=self.visit.pk).status, "confirmed")
