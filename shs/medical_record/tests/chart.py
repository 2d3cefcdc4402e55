"""The test users and a chart: Alice is in Dr. Carol's care; Dr. Wendy is a verified doctor who is a stranger to her."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from shs.appointment.models import Appointment
from shs.core.reads.models import ReadLog
from shs.medical_record import services
from shs.medical_record.models import MedicalRecord
from shs.testing import TestUsers, make_doctor, make_user
from shs.users.models import Role, User


class Chart(TestUsers):
    """Mixed into a TestCase, in place of TestUsers."""

    @classmethod
    def make_people(cls):
        super().make_people()
        cls.wendy = make_user("Dr. Wendy", Role.DOCTOR)
        cls.dr_wendy = make_doctor(cls.wendy, cls.other_clinic)
        cls.people["wendy"] = cls.wendy
        cls.visit.confirm(now=timezone.now())
        cls.entry = cls.write()

    @classmethod
    def write(cls, *, by: User | None = None, patient: User | None = None, **fields: Any) -> MedicalRecord:
        """An entry of Dr. Carol in Alice's chart."""
        said = {"kind": "allergy", "title": "Penicillin", "severity": "severe", "details": "Hives within an hour"}
        entry = MedicalRecord(patient=patient or cls.alice, **{**said, **fields})
        return services.record(entry=entry, by=by or cls.carol, now=timezone.now())

    @classmethod
    def after_care(cls) -> Any:
        """An instant at which Dr. Carol's access has just lapsed."""
        return Appointment.objects.get(pk=cls.visit.pk).ends_at + timedelta(days=30)

    def reads(self, **what: Any):
        """The lines of the read log."""
        return ReadLog.objects.filter(**what)
