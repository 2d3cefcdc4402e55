"""A sample row of each model, for the generated tests."""

from datetime import datetime

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from shs.core.discovery import Case
from shs.credentialing import casework, services
from shs.credentialing.models import RegisterEntry


def verification(case: Case, now: datetime) -> None:
    """Grace has claimed Dave's case: a failed check with a requested override, and a note. A line of the register, and
    a document of each doctor."""
    case.dr_dave.claim(by=case.grace, now=now)
    casework.record_check(
        doctor=case.dr_dave, kind="degree", result="fail", note="another year", by=case.grace, now=now
    )
    casework.ask_override(doctor=case.dr_dave, kind="degree", reason="a slip of the pen", by=case.grace, now=now)
    casework.add_note(doctor=case.dr_dave, text="He called twice.", by=case.grace, now=now)
    RegisterEntry.objects.create(
        license_number="A-99999", name="Dave", source="Register of the tests", as_of=timezone.localdate(now)
    )
    for doctor in (case.dr_carol, case.dr_dave):
        upload = SimpleUploadedFile("licence.pdf", b"%PDF-1.4\n%%EOF\n")
        services.add_document(doctor=doctor, kind="license", upload=upload, now=now)


samples = [verification]
