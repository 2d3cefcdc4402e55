"""What stands on the paper of a prescription. Everything is from what was sealed, except its status and the language of
its labels."""

from datetime import date
from typing import NamedTuple

from django.core.files.storage import default_storage
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from shs.core.ages import Precision, show_age
from shs.core.dates import show_date, show_datetime
from shs.core.labels import Label
from shs.core.paper.content import (
    Closing,
    Entry,
    Fact,
    Letterhead,
    Paper,
    Part,
    PatientBlock,
    in_both,
    joined,
    known_language,
)
from shs.core.paper.fonts import in_print
from shs.doctors.models import Clinic
from shs.medical_record.vital_signs import SIGNS
from shs.prescription.models import Prescription, Status
from shs.prescription.models.content import ClinicNamed, Parties, PatientNamed
from shs.prescription.models.lines import LineContent, printed_name
from shs.prescription.services.parties import named_clinic
from shs.users.numbers import patient_number

GENDERS = {"female": gettext_lazy("female"), "male": gettext_lazy("male"), "other": gettext_lazy("other gender")}
MARKS = {
    Status.AMENDED: gettext_lazy("AMENDED · NOT VALID"),
    Status.CANCELLED: gettext_lazy("CANCELLED · NOT VALID"),
}
REGISTERED = gettext_lazy("BMDC Reg. No. %(number)s")
"""The number in the register of the Bangladesh Medical and Dental Council."""


class Words(NamedTuple):
    """Says labels in the language of the patient and in the other one."""

    language: str

    def __call__(self, label: Label) -> str:
        return in_both(label, self.language)


def paper_of(prescription: Prescription, url: str, *, dispensing_code: str = "") -> Paper:
    """The paper of an issued prescription, read by `in_full()`; `url`: the address in its QR code."""
    language = known_language(prescription.patient.language)
    both, title = Words(language), f"{prescription.appointment.number} v{prescription.version}"
    with translation.override(language):
        parties = prescription.parties
        return Paper(
            title=title,
            language=language,
            head=letterhead_of(parties),
            patient=_patient(prescription, both),
            left=_left(prescription, both),
            sign="℞",
            entries=[entry_of(line) for line in prescription.content()["medications"]],
            right=_right(prescription, both),
            closing=_closing(prescription, url, dispensing_code, both),
            foot=joined([in_print(parties["patient"]["name"]), title]),
            mark=str(MARKS.get(Status(prescription.status), "")),
        )


def letterhead_of(parties: Parties) -> Letterhead:
    """Doctor and clinic as they were named."""
    doctor, clinic = parties["doctor"], parties["clinic"]
    return Letterhead(
        name=in_print(doctor["name"]),
        lines=[doctor["education"], ", ".join(doctor["specializations"])],
        registration=REGISTERED % {"number": doctor["license_number"]},
        clinic=clinic["name"] if clinic else "",
        clinic_lines=_lines_of(clinic) if clinic else [],
        logo=_stored(clinic.get("logo", "")) if clinic else b"",
    )


def letterhead_of_clinic(clinic: Clinic | None) -> Letterhead:
    """The clinic alone, where no doctor writes."""
    if clinic is None:
        return Letterhead("", [], "")
    named = named_clinic(clinic)
    return Letterhead(named["name"], _lines_of(named), "", logo=_stored(named.get("logo", "")))


def _lines_of(clinic: ClinicNamed) -> list[str]:
    return [joined([clinic["address"], clinic["city"]], ", "), clinic["phone"], clinic.get("letterhead", "")]


def _stored(name: str) -> bytes:
    """The content of a stored file; empty if it is gone."""
    if not name:
        return b""
    try:
        with default_storage.open(name) as file:
            return bytes(file.read())
    except OSError:
        return b""


def age_of(patient: PatientNamed, on: date) -> str:
    """The age on a day, in the unit that tells it; empty if it is not known."""
    born = patient["date_of_birth"]
    return show_age(date.fromisoformat(born), patient.get("birth_precision", Precision.DAY), on) if born else ""


def _patient(prescription: Prescription, both: Words) -> PatientBlock:
    patient = prescription.parties["patient"]
    issued = timezone.localtime(prescription.issued_at)
    facts = [
        Fact(both(gettext_lazy("Age")), age_of(patient, issued.date())),
        Fact(both(gettext_lazy("Sex")), str(GENDERS.get(patient["gender"], ""))),
        Fact(both(gettext_lazy("Weight")), _weight(prescription)),
        Fact(both(gettext_lazy("Patient no.")), patient_number(patient["id"])),
    ]
    if allergies := patient.get("allergies"):
        facts.append(Fact(both(gettext_lazy("Allergies")), ", ".join(allergies), alarms=True))
    elif asked := patient.get("asked_on"):
        none = _("none known, asked on %(day)s") % {"day": show_date(date.fromisoformat(asked))}
        facts.append(Fact(both(gettext_lazy("Allergies")), none))
    return PatientBlock(
        label=both(gettext_lazy("Patient")),
        name=in_print(patient["name"]),
        facts=facts,
        issued_label=both(gettext_lazy("Issued")),
        issued=show_datetime(issued),
        number=f"{prescription.appointment.number} · v{prescription.version}",
    )


def _weight(prescription: Prescription) -> str:
    """The weight of this visit, or the last one from the chart with its day."""
    if weight := prescription.vital_signs.get("weight_kg"):
        return f"{weight:g} kg"
    patient = prescription.parties["patient"]
    if weight := patient.get("weight_kg"):
        return f"{weight:g} kg ({show_date(date.fromisoformat(patient['weighed_on']))})"
    return ""


def _left(prescription: Prescription, both: Words) -> list[Part]:
    """Complaint, findings, diagnosis and tests."""
    tests = [joined([test["name"], test["instructions"]], ": ") for test in prescription.content()["tests"]]
    values = prescription.vital_signs
    signs = [f"{sign.label} {values[name]:g} {sign.unit_label}" for name, sign in SIGNS.items() if name in values]
    parts = [
        Part(both(gettext_lazy("Complaint")), prescription.symptoms),
        Part(both(gettext_lazy("Findings")), "\n".join(signs)),
        Part(both(gettext_lazy("Diagnosis")), prescription.diagnosis),
        Part(both(gettext_lazy("Tests")), "\n".join(tests)),
    ]
    return [part for part in parts if part.words]


def _right(prescription: Prescription, both: Words) -> list[Part]:
    """What is stopped, advice, and the day to come again."""
    follow_up = prescription.follow_up_date
    stops = [f"{stop['name']} ({stop['reason']})" for stop in prescription.content().get("stopped", [])]
    parts = [
        Part(both(gettext_lazy("Stop")), "\n".join(stops), strong=True),
        Part(both(gettext_lazy("Advice")), prescription.advice),
        Part(both(gettext_lazy("Follow-up")), show_date(follow_up) if follow_up else "", strong=True),
    ]
    return [part for part in parts if part.words]


def entry_of(line: LineContent) -> Entry:
    """A medicine as it is printed, in the active language."""
    days = ngettext("%(days)s day", "%(days)s days", line["duration_days"]) % {"days": line["duration_days"]}
    if line.get("is_continued"):
        days = _("continue")
    return Entry(printed_name(line), joined([line["dosage"], line["frequency"], days]), line["instructions"])


def _closing(prescription: Prescription, url: str, dispensing_code: str, both: Words) -> Closing:
    doctor = prescription.parties["doctor"]
    checks = [
        both(gettext_lazy("Scan to check whether this prescription is valid, or open")),
        url,
        _("Seal (SHA-256): %(digest)s…") % {"digest": prescription.digest[:16]},
    ]
    if dispensing_code:
        checks.append(f"{both(gettext_lazy('Code for the pharmacy'))}: {dispensing_code}")
    signed = _("Signed electronically on %(time)s, under the doctor's account.")
    return Closing(
        signature=both(gettext_lazy("Signature")),
        name=in_print(doctor["name"]),
        registration=REGISTERED % {"number": doctor["license_number"]},
        signed=signed % {"time": show_datetime(timezone.localtime(prescription.issued_at))},
        url=url,
        checks=checks,
        code=prescription.code,
    )
