"""Request and response schemas of the medical record API."""

from datetime import date, datetime, time, tzinfo
from typing import Annotated, Literal

from django.utils import timezone
from pydantic import BeforeValidator
from typing_extensions import TypedDict

from shs.appointment.schemas import DoctorRef, OptionalDay, PatientRef
from shs.core.api.paging import Paging
from shs.core.grants.models import ObjectGrant
from shs.core.reads.models import ReadLog
from shs.core.types import Id, In, Instant, Text, Title
from shs.medical_record.access import Access
from shs.medical_record.models import MedicalRecord
from shs.medical_record.readings import read_signs
from shs.medical_record.sign_schemas import NOTHING, MeaningOut, Observed, VitalSigns, meaning_out
from shs.medical_record.vital_signs import SIGNS
from shs.medical_record.whose import Whose, is_pregnant, whose
from shs.users.family_schemas import AboutWhom, ForWhom
from shs.users.models import Guardianship

KnownKind = Literal[
    "condition", "allergy", "medication", "immunization", "procedure", "vital_signs", "note", "no_allergies"
]


def _empty_is_none(value: object) -> object:
    return None if value == "" else value


def _none_is_empty(value: object) -> object:
    return "" if value is None else value


def _end_of_day(value: object) -> object:
    """A plain day means its end on the clinic's clock; an empty text means no end."""
    if isinstance(value, str) and len(value) == 10:
        try:
            return timezone.make_aware(datetime.combine(date.fromisoformat(value), time.max))
        except ValueError:
            return value
    return _empty_is_none(value)


class Entry(In):
    """A new entry of a chart, by default the caller's own. `code` is an ICD-10 code of our table; `vital_signs`, and
    what was `observed` with them, are for that kind alone, and `title` may be left out there and for `no_allergies`
    (asked, none known). What a doctor enters as `is_confidential` of a patient from 12 to 17 is not shown to
    guardians."""

    patient: ForWhom = None
    kind: KnownKind
    title: Annotated[str, Title(200)] = ""
    details: Annotated[str, Text(5000)] = ""
    code: Annotated[Annotated[str, Text(8)] | None, BeforeValidator(_empty_is_none)] = None
    severity: Annotated[Literal["", "mild", "moderate", "severe"], BeforeValidator(_none_is_empty)] = ""
    status: Literal["active", "resolved"] = "active"
    onset_date: OptionalDay = None
    vital_signs: VitalSigns | None = None
    observed: Observed | None = None
    is_confidential: bool = False


class OneOfWhom(In):
    """Whose: by default the caller's, or of a `patient` whose guardian they are."""

    patient: AboutWhom = None


class OfWhom(Paging):
    """A list of the caller, or of a `patient` whose guardian they are."""

    patient: AboutWhom = None


class Find(Paging):
    """Filters of a chart."""

    kind: Annotated[KnownKind | None, BeforeValidator(_empty_is_none)] = None


class Consent(In):
    """A doctor who may read and write the caller's chart, or that of a minor whose guardian they are (`patient`), until
    an instant (or the end of a day); without an end, until it is revoked."""

    doctor: Id
    patient: ForWhom = None
    expires_at: Annotated[Instant | None, BeforeValidator(_end_of_day)] = None


class RecordOut(MeaningOut):
    """One entry of a chart; what its vital signs mean is told by the age on that day."""

    id: int
    patient: PatientRef
    kind: str
    title: str
    details: str
    code: str | None
    code_title: str | None
    severity: str
    status: str
    onset_date: str | None
    vital_signs: dict[str, float] | None
    observed: dict[str, object] | None
    is_confidential: bool
    recorded_by: PatientRef
    source: str
    recorded_at: datetime


class RecordRow(TypedDict):
    """A row of `.values(*ROW)`."""

    id: int
    patient_id: int
    patient__name: str
    kind: str
    title: str
    details: str
    code_id: str | None
    code__title: str | None
    severity: str
    status: str
    onset_date: date | None
    vital_signs: dict[str, float] | None
    observed: dict[str, object] | None
    is_confidential: bool
    recorded_by_id: int
    recorded_by__name: str
    source: str
    recorded_at: datetime


class LogRow(TypedDict):
    """A row of `.values(*LOG_ROW)`."""

    id: int
    at: datetime
    reader_id: int | None
    reader__name: str
    role: str
    what: str
    ids: list[int]
    basis: str
    times: int
    note: str


class ReaderRef(TypedDict):
    id: int
    name: str


class AccessLogOut(TypedDict):
    """One read of the chart, or the refused attempts of an hour (`denied`, with how many `times`): who, when, what, and
    `why` as text."""

    id: int
    at: datetime
    reader: ReaderRef | None
    role: str
    what: str
    records: list[int]
    basis: str
    times: int
    why: str
    note: str


class ConsentOut(TypedDict):
    """A doctor with access to the chart by the patient's consent."""

    id: int
    doctor: DoctorRef
    granted_at: datetime
    expires_at: datetime | None


ROW = tuple(RecordRow.__annotations__)
LOG_ROW = tuple(LogRow.__annotations__)


def record_out(row: RecordRow, who: Whose, zone: tzinfo) -> RecordOut:
    """Convert a row of `.values(*ROW)` into an answer with its time in `zone`; `who` is the patient, on any day."""
    signs, at = row["vital_signs"], row["recorded_at"].astimezone(zone)
    return {
        **(_meaning(signs, row["observed"], who._replace(day=at.date())) if signs else NOTHING),
        "id": row["id"],
        "patient": {"id": row["patient_id"], "name": row["patient__name"]},
        "kind": row["kind"],
        "title": row["title"],
        "details": row["details"],
        "code": row["code_id"],
        "code_title": row["code__title"],
        "severity": row["severity"],
        "status": row["status"],
        "onset_date": f"{row['onset_date']:%Y-%m-%d}" if row["onset_date"] else None,
        "vital_signs": {name: signs[name] for name in SIGNS if name in signs} if signs else None,
        "observed": row["observed"],
        "is_confidential": row["is_confidential"],
        "recorded_by": {"id": row["recorded_by_id"], "name": row["recorded_by__name"]},
        "source": row["source"],
        "recorded_at": at,
    }


def _meaning(signs: dict[str, float], observed: dict[str, object] | None, who: Whose) -> MeaningOut:
    of_day = who._replace(is_pregnant=is_pregnant(observed))
    return meaning_out(read_signs(signs, whose=of_day, observed=observed))


def one_out(entry: MedicalRecord) -> RecordOut:
    """Convert one entry into an answer; read it with the profile of its patient."""
    row = MedicalRecord.objects.values(*ROW).get(pk=entry.pk)
    return record_out(row, whose(entry.patient, entry.recorded_at), timezone.get_current_timezone())


def log_out(row: LogRow) -> AccessLogOut:
    """Convert a row of `.values(*LOG_ROW)` into an answer."""
    return {
        "id": row["id"],
        "at": timezone.localtime(row["at"]),
        "reader": {"id": row["reader_id"], "name": row["reader__name"]} if row["reader_id"] else None,
        "role": row["role"],
        "what": row["what"],
        "records": row["ids"],
        "basis": row["basis"],
        "times": row["times"],
        "why": str(ReadLog.Basis(row["basis"]).label),
        "note": row["note"],
    }


def consent_out(grant: ObjectGrant) -> ConsentOut:
    """Convert a consent, with its `user.doctor`, into an answer."""
    doctor = grant.user.doctor
    return {
        "id": grant.pk,
        "doctor": {
            "id": doctor.pk,
            "name": doctor.name,
            "specializations": doctor.specialty_cards,
            "location": doctor.location,
        },
        "granted_at": timezone.localtime(grant.updated_at),
        "expires_at": grant.expires_at and timezone.localtime(grant.expires_at),
    }


class GuardianOut(TypedDict):
    """Somebody who can read the chart as a guardian; `until`: the day on which the patient may be 18."""

    id: int
    person: ReaderRef
    relation: str
    may_book: bool
    since: datetime
    until: date | None


def guardian_out(link: Guardianship) -> GuardianOut:
    """Convert a guardianship in force, with its guardian, into an answer."""
    return {
        "id": link.pk,
        "person": {"id": link.guardian_id, "name": link.guardian.name},
        "relation": link.relation,
        "may_book": link.may_book,
        "since": timezone.localtime(link.since),
        "until": link.until,
    }


class SharedOut(TypedDict):
    """A record of the chart that an admin has shared with somebody of the clinic until `expires_at`."""

    what: str
    record: int
    person: ReaderRef
    since: datetime
    expires_at: datetime


def shared_out(line: Access) -> SharedOut:
    """Convert a line of `shared_rows` into an answer."""
    share = line.share
    if share is None:
        raise ValueError(line)
    return {
        "what": str(share.content_type.model_class()._meta.verbose_name),
        "record": int(share.object_pk),
        "person": {"id": line.person.pk, "name": line.person.name},
        "since": timezone.localtime(share.created_at),
        "expires_at": timezone.localtime(share.ends_at),
    }
