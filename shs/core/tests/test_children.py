"""Children that are read in the query of their rows."""

from django.db import connection
from django.db.models import Prefetch
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from shs.core.children import attach_children, with_children
from shs.doctors.models import DoctorInformation
from shs.prescription.models import Prescription
from shs.results.models import Result
from shs.testing import EveryModel

CHILDREN = {
    Prescription: ["lines", "tests", "stopped", "warnings"],
    Result: ["values"],
    DoctorInformation: ["specializations", "clinics"],
}


def values(row: object) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


class Children(EveryModel, TestCase):
    def test_they_are_those_that_prefetch_related_finds_in_one_query(self):
        found = 0
        for model, names in CHILDREN.items():
            rows = model._base_manager.order_by("pk")
            expected = list(rows.prefetch_related(*(Prefetch(name) for name in names)))
            with CaptureQueriesContext(connection) as queries:
                made = with_children(rows, *names)
                children = {(row.pk, name): list(getattr(row, name).all()) for row in made for name in names}
            self.assertEqual(len(queries), 1)
            for row in expected:
                for name in names:
                    with self.subTest(model=model.__name__, name=name, row=row.pk):
                        of_row = list(getattr(row, name).all())
                        found += len(of_row)
                        self.assertEqual([values(one) for one in children[row.pk, name]], [values(o) for o in of_row])
                        types = [[type(value) for value in values(one).values()] for one in children[row.pk, name]]
                        self.assertEqual(types, [[type(v) for v in values(one).values()] for one in of_row])
        self.assertGreaterEqual(found, 9)

    def test_they_are_attached_to_a_row_by_one_query(self):
        with self.assertNumQueries(1):
            attach_children(self.dr_carol, "specializations", "clinics")
            self.assertEqual(list(self.dr_carol.clinics.all()), [self.clinic])

    def test_a_child_leads_back_to_its_row_without_a_query(self):
        rows = with_children(Result._base_manager.all(), "values")
        with self.assertNumQueries(0):
            self.assertTrue(any(value.result is row for row in rows for value in row.values.all()))
