"""Request and response schemas of the prescription API."""

from datetime import datetime
from typing import Annotated, Literal, NotRequired

from django.utils import timezone
from django.utils.translation import gettext as _
from pydantic import Field
from typing_extensions import TypedDict

from shs.appointment.schemas import DoctorRef, OptionalDay, PatientRef
from shs.core.errors import Invalid
from shs.core.types import Id, In, Line, Name, Paragraph, Text, Title
from shs.medical_record.sign_schemas import VitalSigns
from shs.prescription.models import Prescription, PrescriptionLine
from shs.prescription.models.dosing import LONGEST, MOST_DAYS

MOST_ROWS = 30
ASKED = ("is_confidential", "pregnancy", "breastfeeding")
"""Fields that an amendment leaves as they were unless it says something else."""

WarningKey = Annotated[str, Text(1200, least=1)]
Reason = Annotated[str, Text(500, least=1)]


class Medicine(In):
    """One medicine: its `name`, or the id of its `brand` or `medication` of `GET /medicines/`; without a `name` it is
    called as the catalogue calls it. Either `dosage` a time, `frequency` and `duration_days` as free text; or a
    `pattern` such as "1+0+1", "1 every 8 h" or "½+0+½ after meals 2 weeks", which may say meal and duration, too, with
    `meal` (`before`, `with`, `after`), `duration` ("7d", "1 month", "continue") or `duration_days`, and `as_needed`:
    the reason why it is taken only then. Instructions that are not given are composed from the pattern in the
    patient's language."""

    name: Annotated[str, Title(150)] = ""
    brand: Id | None = None
    medication: Id | None = None
    dosage: Annotated[str, Text(100)] = ""
    frequency: Annotated[str, Text(100)] = ""
    duration_days: Annotated[int, Field(ge=1, le=MOST_DAYS, strict=True)] | None = None
    instructions: Line = ""
    pattern: Annotated[str, Text(LONGEST)] = ""
    meal: Literal["", "before", "with", "after"] = ""
    duration: Annotated[str, Text(40)] = ""
    as_needed: Annotated[str, Text(100)] = ""


class Stop(In):
    """A medicine that the patient is to stop, and why."""

    name: Name
    reason: Annotated[str, Text(200, least=1)]


class TestOrder(In):
    """One ordered test."""

    name: Name
    instructions: Line = ""


class Acknowledgement(In):
    """The prescriber's reason to issue despite a warning, identified by its key or its text."""

    warning: WarningKey
    reason: Reason


class Parts(TypedDict):
    """The arguments of services.prescribe and services.amend."""

    written: dict[str, object]
    medications: list[dict[str, object]]
    tests: list[dict[str, object]]
    stopped: list[dict[str, object]]
    reasons: dict[str, str]


class Content(In):
    """The content of a prescription. `acknowledge` maps the key of each blocking warning to the prescriber's reason;
    without one the answer is 422 `acknowledgement_needed` with these warnings. `acknowledged` is the same as a list.
    `is_confidential`: not shown to the guardians of a patient from 12 to 17. `pregnancy` and `breastfeeding`: what the
    patient answered in this visit (women from 12 to 55). What an amendment does not say of these stays as it was."""

    diagnosis: Annotated[str, Text(500, least=1)]
    symptoms: Paragraph = ""
    advice: Paragraph = ""
    medications: Annotated[list[Medicine], Field(max_length=MOST_ROWS)] = []
    tests: Annotated[list[TestOrder], Field(max_length=MOST_ROWS)] = []
    stopped: Annotated[list[Stop], Field(max_length=MOST_ROWS)] = []
    vital_signs: VitalSigns | None = None
    follow_up_date: OptionalDay = None
    is_confidential: bool | None = None
    pregnancy: Literal["yes", "no", "unknown"] | None = None
    breastfeeding: Literal["yes", "no", "unknown"] | None = None
    acknowledge: Annotated[dict[WarningKey, Reason], Field(max_length=100)] = {}
    acknowledged: Annotated[list[Acknowledgement], Field(max_length=100)] = []

    def parts(self) -> Parts:
        """The services' arguments."""
        return {
            "written": {
                name: value
                for name, value in self.model_dump(include=set(Prescription.WRITTEN)).items()
                if not (name in ASKED and value is None)
            },
            "medications": [row.model_dump() for row in self.medications],
            "tests": [row.model_dump() for row in self.tests],
            "stopped": [row.model_dump() for row in self.stopped],
            "reasons": {row.warning: row.reason for row in self.acknowledged} | self.acknowledge,
        }


class NewPrescription(Content):
    """The prescription of a visit of the caller as a doctor."""

    appointment: Id


class Amendment(Content):
    """A new version of a prescription with its reason. `appointment` may be sent unchanged."""

    reason: Annotated[str, Text(500, least=1)] = "amended by the doctor"
    appointment: Id | None = None

    def require_visit(self, issued: Prescription) -> None:
        """Raises Invalid (422) for another visit than that of `issued`."""
        if self.appointment not in (None, issued.appointment_id):
            raise Invalid(_("The visit of a prescription cannot be changed."), field="appointment")


class MedicineSearch(In):
    """What is looked for: the beginning of words of a generic or of a brand."""

    q: Annotated[str, Text(100, least=2)]


class WhichVersion(In):
    """Selects an earlier version instead of the current one."""

    version: Annotated[int, Field(ge=1, le=32767)] | None = None


class WhichSize(In):
    """Selects the size of the paper."""

    paper: Literal["", "A4", "A5"] = ""


class WhichPaper(WhichVersion, WhichSize):
    """Selects the version and the size of the paper."""


class MedicineOut(TypedDict):
    """A medicine as it was written; `generic` only of one that was chosen by its brand. `pattern`: dose, meal and
    duration in one text; empty if they were free text. What `is_continued` has 730 days."""

    name: str
    generic: NotRequired[str]
    dosage: str
    frequency: str
    duration_days: int
    instructions: str
    pattern: str
    is_continued: bool


class TestOut(TypedDict):
    name: str
    instructions: str


class IssueWarningOut(TypedDict):
    """A warning that was shown at issue: `kind` is one of `checks`; `reason` is the prescriber's for one that `stops`,
    and empty for one that came with the answer."""

    warning: str
    kind: str
    medication: str
    message: str
    reason: str
    stops: bool


class CheckOut(TypedDict):
    """How the check of one `kind` ended: `allergy`, `duplicate` (same generic), `same_class`, `active` (what still
    runs), `interaction`, `dose`, `pregnancy`, `kidney_liver` or `age`. `state` is `nothing_found`, `warning` or
    `not_checked`; `text` says what was compared, or why it was not."""

    kind: str
    state: str
    text: str


class VersionOut(TypedDict):
    """One version of a prescription; `reason` says why it ended."""

    version: int
    status: str
    issued_at: datetime
    reason: str


class PrescriptionOut(TypedDict):
    """One version of a prescription. `id` is the same for all versions, `code` belongs to this one; `not_checked` lists
    what the checks before issuing could not cover."""

    id: int
    version: int
    status: str
    appointment: int
    doctor: DoctorRef
    license_number: str
    patient: PatientRef
    diagnosis: str
    symptoms: str
    advice: str
    medications: list[MedicineOut]
    tests: list[TestOut]
    vital_signs: dict[str, float]
    follow_up_date: str | None
    issued_at: datetime
    code: str
    warnings: list[IssueWarningOut]
    not_checked: list[str]
    is_confidential: bool
    versions: list[VersionOut]
    created_at: datetime


class StopOut(TypedDict):
    """A medicine that the patient is to stop."""

    name: str
    reason: str


class PrescriptionInFull(PrescriptionOut):
    """One version of a prescription with what it stops, and how each kind of check ended; none for what was issued
    before they were kept."""

    checks: list[CheckOut]
    stopped: list[StopOut]


def medicine_out(line: PrescriptionLine) -> MedicineOut:
    """The answer about one medicine."""
    return {
        "name": line.name,
        "dosage": line.dosage,
        "frequency": line.frequency,
        "duration_days": line.duration_days,
        "instructions": line.instructions,
        "pattern": line.directions,
        "is_continued": line.is_continued,
    }


class DispensedOut(TypedDict):
    """A medicine to dispense; `generic` only of one that was chosen by its brand."""

    name: str
    generic: NotRequired[str]
    dosage: str
    frequency: str
    duration_days: int


class VerifiedOut(TypedDict):
    """What a pharmacy can see: whether the prescription is valid, who issued it and when, and the medicines.
    `status`: `issued` (valid, unless it is `too_old`), `amended` (a newer one counts), `cancelled`, or `damaged` (not
    what was issued). `valid_until` is the last day on which it may be used."""

    valid: bool
    status: str
    issued_on: str
    doctor: str
    license_number: str
    medications: list[DispensedOut]
    too_old: bool
    valid_until: str


def verified_out(found: Prescription, now: datetime) -> VerifiedOut:
    """The public answer about a prescription: of a damaged one the medicines cannot be trusted."""
    validity, until = found.validity(now), found.valid_until()
    intact = validity != "damaged"
    doctor = found.parties["doctor"]
    return {
        "valid": validity == "valid",
        "status": found.status if intact else "damaged",
        "too_old": now > until,
        "valid_until": f"{timezone.localtime(until):%Y-%m-%d}",
        "issued_on": f"{timezone.localtime(found.issued_at):%Y-%m-%d}",
        "doctor": doctor["name"],
        "license_number": doctor["license_number"],
        "medications": [_dispensed(line) for line in found.lines.all()] if intact else [],
    }


def _dispensed(line: PrescriptionLine) -> DispensedOut:
    """A medicine without its instructions, because they may name the illness."""
    dispensed: DispensedOut = {
        "name": line.name,
        "dosage": line.dosage,
        "frequency": line.frequency,
        "duration_days": line.duration_days,
    }
    return {**dispensed, "generic": line.generic} if line.generic else dispensed
