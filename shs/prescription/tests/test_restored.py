"""What is looked at after a restore: the newest prescription can be printed."""

from unittest import mock

from django.test import TestCase

from shs.core.discovery import collect
from shs.prescription.errors import SealBroken
from shs.prescription.models import Prescription
from shs.prescription.restored import newest_prescription
from shs.testing import EveryModel


class AfterARestore(EveryModel, TestCase):
    def test_it_is_asked(self):
        self.assertIn(newest_prescription, collect("restored"))

    def test_a_whole_one_prints_and_none_is_no_fault(self):
        self.assertEqual(newest_prescription(), "")
        with mock.patch.object(Prescription.objects.__class__, "released", return_value=Prescription.objects.none()):
            self.assertEqual(newest_prescription(), "")

    def test_one_that_cannot_be_printed_is_named(self):
        with mock.patch("shs.prescription.paper.draw", return_value=b"%PDF- and no end"):
            self.assertIn("cannot be printed", newest_prescription())

    def test_one_that_was_changed_is_found(self):
        rows = Prescription.objects.without_history("as by somebody who writes into the database")
        rows.filter(pk=self.prescription.pk).update(diagnosis="another")
        with self.assertRaises(SealBroken):
            newest_prescription()
