"""The check after a restore: the newest prescription can be printed."""

from unittest import mock

from django.test import TestCase

from shs.core.discovery import collect
from shs.prescription.errors import SealBroken
from shs.prescription.models import Prescription
from shs.prescription.restored import newest_prescription
from shs.testing import EveryModel


class AfterARestore(EveryModel, TestCase):
    def test_the_check_is_registered(self):
        self.assertIn(newest_prescription, collect("restored"))

    def test_a_valid_prescription_and_none_at_all_are_no_error(self):
        self.assertEqual(newest_prescription(), "")
        with mock.patch.object(Prescription.objects.__class__, "released", return_value=Prescription.objects.none()):
            self.assertEqual(newest_prescription(), "")

    def test_an_unprintable_prescription_is_named(self):
        with mock.patch("shs.prescription.paper.draw", return_value=b"%PDF- and no end"):
            self.assertIn("cannot be printed", newest_prescription())

    def test_a_changed_prescription_is_found(self):
        rows = Prescription.objects.without_history("as by somebody who writes into the database")
        rows.filter(pk=self.prescription.pk).update(diagnosis="another")
        with self.assertRaises(SealBroken):
            newest_prescription()
