"""Every model is listed, viewed, added, changed and removed by somebody in the office, or says why not."""

from typing import Any
from unittest.mock import patch

from django.test import SimpleTestCase

from shs.appointment.models import Appointment
from shs.blog.models import Tag
from shs.chat.models import ChatMessage
from shs.core.admin.crud import crud_errors, who_may
from shs.core.management.commands.crud_table import README, with_table
from shs.core.records.crud import By, Crud, Never, NoPages
from shs.doctors.models import TimeOff


class Declarations(SimpleTestCase):
    def assert_refused(self, model: Any, crud: object, *words: str) -> None:
        """`model` is refused if it says `crud`."""
        with patch.object(model, "crud", crud, create=True):
            found = [f"{error.id} {error.msg} {error.hint}" for error in crud_errors(model)]
        self.assertTrue(found)
        for word in ("shs.E035", *words):
            self.assertIn(word, found[0])

    def test_a_model_that_lacks_a_way_without_a_reason_is_refused(self):
        self.assert_refused(Appointment, Crud(change=By("reschedule")), "remove a row ('delete')", "Never")
        self.assert_refused(TimeOff, Crud(add=Never("it is not")), "nobody can add a row")
        self.assert_refused(Appointment, Crud(change=By("reschedule"), remove=Never("")), "nobody can remove a row")

    def test_an_action_that_nobody_has_or_that_no_page_offers_is_refused(self):
        self.assert_refused(Tag, Crud(remove=By("melt")), "nobody the right to remove a row ('melt')")
        self.assert_refused(Tag, Crud(remove=By("choose")), "no page on which somebody could remove a row ('choose')")

    def test_a_model_without_pages_says_why(self):
        self.assert_refused(ChatMessage, NoPages(""), "without a reason")
        self.assert_refused(Tag, NoPages("it has some"), "wrongly")
        self.assert_refused(ChatMessage, None, "has no screen")

    def test_a_model_that_nobody_can_view_is_refused(self):
        with patch("shs.core.admin.crud.who_may", lambda model, action: [] if action == "view" else ["admin"]):
            self.assert_refused(Tag, Crud(), "can be viewed by nobody")

    def test_what_patients_do_in_the_app_does_not_count(self):
        self.assertEqual(who_may(Appointment, "book"), [])
        self.assertIn("Clinic desk", who_may(Appointment, "cancel"))


class Table(SimpleTestCase):
    def test_the_readme_holds_the_present_table(self):
        text = README.read_text(encoding="utf-8")
        self.assertEqual(text, with_table(text), "run: python manage.py crud_table")
        self.assertIn("| blog.Tag | ", text)
