"""Every route of the API is called by every test user, with one row of each kind (`rows_shown.py`). Tests show that
each fault is found. The pages of the admin are read in `test_pages.py`."""

import re
from collections.abc import Iterator
from unittest.mock import patch

from django.db import models, transaction
from django.http import HttpResponse, JsonResponse
from django.test import TestCase

from shs.doctors.models import Clinic
from shs.testing import INSIDE, OUTSIDE, Api
from shs.tests.generate import one_class_each
from shs.tests.rows_shown import NOBODYS, RowsShown, queries
from shs.tests.test_routes import Route, routes


class Readings(RowsShown, TestCase):
    """Proves that each fault is found; the user is Carol."""

    who = "carol"

    def answer(self, *rows: models.Model) -> HttpResponse:
        return JsonResponse({"items": [{"id": row.pk} for row in rows]})

    def test_a_row_that_the_reader_may_not_see_is_found_in_an_answer(self):
        self.look_at(self.answer(self.visit), set())
        with self.assertRaisesMessage(AssertionError, 'Model.objects.allowed(request.user, "view")'):
            self.look_at(self.answer(self.visit, self.role_request), set())

    def test_a_row_of_a_patient_is_found_where_no_line_of_the_read_log_says_so(self):
        self.look_at(self.answer(self.prescription), {self.alice.pk})
        with self.assertRaisesMessage(AssertionError, "without a line in the read log"):
            self.look_at(self.answer(self.prescription), {self.bob.pk})

    def test_a_text_of_a_row_that_the_reader_may_not_see_is_found_without_its_key(self):
        self.result.refresh_from_db()
        with patch.object(self, "user", self.dave), self.assertRaisesMessage(AssertionError, "may not see these rows"):
            self.look_at(HttpResponse(self.result.title), {self.alice.pk})

    def test_a_text_that_is_concealed_from_the_reader_is_found(self):
        self.visit.refresh_from_db()
        with patch.object(self, "user", self.erin), self.assertRaisesMessage(AssertionError, "concealed_from"):
            self.look_at(HttpResponse(self.visit.reason), set())
        del self.readable
        self.look_at(HttpResponse(self.visit.reason), set())

    def test_a_get_that_writes_is_found(self):
        class Writing:
            def get(self, url):
                Clinic.objects.create(name="Planted", slug="planted", address="Road 1", city="Dhaka")
                return HttpResponse()

        with self.assertRaisesMessage(AssertionError, "A GET changes nothing"):
            self.read_once(Writing(), "/")

    def test_every_kind_of_row_is_read(self):
        kinds = self.kinds(self.rows.values())
        self.assertEqual({row.model for row in kinds}, {row.model for row in self.rows.values()})


@one_class_each("who", (*OUTSIDE, *INSIDE))
class ReadsRoutes(RowsShown):
    def test_an_answer_holds_only_rows_that_its_reader_may_see_and_a_reading_of_patients_rows_is_logged(self):
        caller = Api(self.user if self.user.is_authenticated else None)
        for route in routes():
            if route.method == "GET":
                for path in self.paths(route, caller):
                    self.read(caller, path)

    def paths(self, route: Route, caller: Api) -> Iterator[str]:
        """The route's address for a row of each kind, of the tables in which it looks its parameter up."""
        if "{" not in route.path:
            yield route.path
            return
        name = route.path.split("{")[1].split("}")[0]
        with transaction.atomic():
            with queries() as all_asked:
                caller.get(route.path.replace(f"{{{name}}}", str(NOBODYS)))
            transaction.set_rollback(True)
        asked = [sql for sql in all_asked if str(NOBODYS) in sql]
        tables = {table for sql in asked for table in re.findall(r'(?:FROM|JOIN) "(\w+)"', sql)}
        for row in self.kinds(row for row in self.rows.values() if row.model._meta.db_table in tables):
            yield route.path.replace(f"{{{name}}}", str(row.pk))
