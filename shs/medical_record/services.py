"""Reading and writing charts; opening them to a doctor is in `opening`."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, NamedTuple, Protocol, Self, TypedDict, TypeVar

from django.db import transaction
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from shs.core.caller import Member
from shs.core.errors import Forbidden, Invalid, NotFound
from shs.core.grants.shares import shared_keys
from shs.core.limits import counting
from shs.core.reads.log import log_denied, log_read, log_reads
from shs.core.reads.models import ReadLog
from shs.core.records.models import Record
from shs.core.records.transitions import save_with_reason
from shs.medical_record import observed, vital_signs
from shs.medical_record.models import TITLED_BY_KIND, ConditionCode, Kind, MedicalRecord, Source
from shs.medical_record.opening import break_glass as break_glass
from shs.medical_record.opening import close_chart as close_chart
from shs.medical_record.opening import open_chart as open_chart
from shs.medical_record.opening import require_consent_of as require_consent_of
from shs.medical_record.opening import store_broken_glass as store_broken_glass
from shs.medical_record.permissions import (
    bases,
    guarded,
    may_read_chart,
    may_write_chart,
    visit_alone,
    visits_alone,
)
from shs.medical_record.whose import whose
from shs.users.families import is_teenager
from shs.users.models import User

AnyRow = TypeVar("AnyRow", bound=Model)


class RowsOfVisits(Protocol):
    """Rows of a chart that are written in visits, and that may be confidential: `seen` leaves those out."""

    def seen(self, *, in_full: bool) -> Self: ...

    def filter(self, *args: Any, **kwargs: Any) -> Self: ...


AnyRows = TypeVar("AnyRows", bound=RowsOfVisits)

# --- Reading ---------------------------------------------------------------------------------------------------------


def note_reading(
    reader: Member,
    patient: User,
    what: str,
    ids: Sequence[int],
    *,
    now: datetime | None = None,
    note: str = "",
    visit: int | None = None,
    is_shared: bool = False,
    is_confidential: bool = False,
) -> str | None:
    """Log that `reader` reads the rows `ids` of `what` in the chart of `patient`, or is denied it; returns the basis,
    or None. `visit` is the one in which the rows were written, `is_shared` whether an admin has shared them with the
    reader; a guardian does not read what `is_confidential`. Do not call it inside a transaction that a refusal rolls
    back, because a denial must be stored."""
    basis = may_read_chart(reader, patient, now)
    if basis == ReadLog.Basis.GUARDIAN and is_confidential:
        basis = None
    if basis is None and visit in visits_alone(reader, now or timezone.now(), [patient.pk]):
        basis = ReadLog.Basis.VISIT
    if basis is None and is_shared:
        basis = ReadLog.Basis.SHARED
    if basis is None:
        log_denied(reader, what=what, ids=ids, subject=patient, now=timezone.now())
    else:
        log_read(reader, what=what, ids=ids, subject=patient, basis=basis, note=note)
    return basis


class Extent(NamedTuple):
    """On which `basis` somebody reads a chart, and how much of it: all (None), what was written in `visits`, or the
    `shared` rows (their keys)."""

    basis: str
    visits: frozenset[int] | None = None
    shared: frozenset[int] | None = None

    @property
    def is_in_full(self) -> bool:
        """Whether it has what is confidential, too: not for guardians."""
        return self.basis != ReadLog.Basis.GUARDIAN

    @property
    def is_whole(self) -> bool:
        """Whether it is the whole chart."""
        return self.visits is None and self.shared is None and self.is_in_full

    def parts(self, visit: str) -> Q:
        """The condition for the rows that can be read; `visit` is their foreign key to the visit."""
        if self.shared is not None:
            return Q(pk__in=self.shared)
        return Q() if self.visits is None else Q(**{f"{visit}__in": self.visits})

    def of(self, rows: AnyRows, visit: str = "visit") -> AnyRows:
        """The `rows` of this chart that can be read, without confidential ones for guardians."""
        return rows.filter(self.parts(visit)).seen(in_full=self.is_in_full)


def extent_of(reader: Member, patient: User, now: datetime) -> Extent | None:
    """How much of the chart of `patient` `reader` may read; None for nothing."""
    if basis := may_read_chart(reader, patient, now):
        return Extent(basis)
    visits = visits_alone(reader, now, [patient.pk])
    return Extent(ReadLog.Basis.VISIT, frozenset(visits)) if visits else None


def require_extent(reader: Member, patient: User, what: str, *, of: type[Record], now: datetime) -> Extent:
    """As `require_chart`, where the rows of the model `of` can be shown alone that were written in visits without proof
    of identity, or that an admin has shared with the reader."""
    reader.require_confirmed()
    extent = extent_of(reader, patient, now) or _shared_extent(reader, patient, of)
    if extent is None:
        log_denied(reader, what=what, subject=patient, now=timezone.now())
        raise NotFound
    return extent


def _shared_extent(reader: Member, patient: User, of: type[Record]) -> Extent | None:
    if not (keys := shared_keys(reader, of, "view")):
        return None
    rows = of._base_manager.filter(pk__in=keys, patient=patient).values_list("pk", flat=True)
    return Extent(ReadLog.Basis.SHARED, shared=frozenset(rows)) if rows else None


def require_chart(reader: Member, patient: User, what: str) -> str:
    """The basis on which `reader` may read the chart of `patient`. Raises NotFound (404) after logging the denial, and
    Unconfirmed (403) for a reader whose address is not confirmed. The caller logs what it then shows."""
    reader.require_confirmed()
    basis = may_read_chart(reader, patient)
    if basis is None:
        log_denied(reader, what=what, subject=patient, now=timezone.now())
        raise NotFound
    return basis


def read_chart(
    reader: Member,
    patient: User,
    what: str,
    ids: Sequence[int],
    *,
    now: datetime | None = None,
    note: str = "",
    visit: int | None = None,
    is_shared: bool = False,
    is_confidential: bool = False,
) -> str:
    """As `note_reading`, for a page or route: raises NotFound (404) once the denial is logged, and Unconfirmed (403)
    for a reader whose address is not confirmed."""
    reader.require_confirmed()
    basis = note_reading(
        reader,
        patient,
        what,
        ids,
        now=now,
        note=note,
        visit=visit,
        is_shared=is_shared,
        is_confidential=is_confidential,
    )
    if basis is None:
        raise NotFound
    return basis


def read_own_chart(
    reader: Member,
    patient: User,
    what: str,
    ids: Sequence[int],
    *,
    now: datetime | None = None,
    with_guardians: bool = True,
) -> None:
    """As `read_chart`, where only the patient themselves may, and their guardians if `with_guardians`: 403 for others
    who may read the chart, else 404."""
    reader.require_confirmed()
    if reader.pk == patient.pk:
        read_chart(reader, patient, what, ids, now=now)
        return
    if with_guardians and is_guardian(reader, patient, now or timezone.now()):
        log_read(reader, what=what, ids=ids, subject=patient, basis=ReadLog.Basis.GUARDIAN)
        return
    log_denied(reader, what=what, ids=ids, subject=patient, now=timezone.now())
    raise Forbidden if may_read_chart(reader, patient, now) else NotFound


def is_guardian(reader: Member, patient: User, now: datetime) -> bool:
    """Whether `reader` reads the chart of `patient` as a guardian."""
    return patient.pk in guarded(reader, now, [patient.pk]).of


class OfPatient(Protocol):
    """A row about a patient."""

    pk: int
    patient_id: int


def note_rows(
    reader: Member, rows: Iterable[OfPatient], what: str, *, now: datetime | None = None, note: str = ""
) -> None:
    """Log that `reader` was shown `rows` (each with a `patient_id`): one line for each patient, so that it appears in
    their own access log; in one insert."""
    ids: dict[int, list[int]] = defaultdict(list)
    kinds: set[type[Model]] = set()
    for row in rows:
        ids[row.patient_id].append(row.pk)
        if isinstance(row, Model):
            kinds.add(type(row))
    shared = {key for kind in kinds for key in shared_keys(reader, kind, "view")}
    _note_some(reader, ids, what, now=now, note=note, shared=shared)


def _note_some(
    reader: Member,
    ids: Mapping[int, Sequence[int]],
    what: str,
    *,
    now: datetime | None,
    note: str,
    shared: Collection[object] = (),
) -> None:
    """A line for each patient of `ids` (patient → the ids of their rows). `shared`: those that an admin has shared."""
    found = bases(reader, ids, now)
    if left := ids.keys() - found.keys():
        alone = visits_alone(reader, now or timezone.now(), left).values()
        found |= dict.fromkeys(alone, ReadLog.Basis.VISIT)
        found |= {pk: ReadLog.Basis.SHARED for pk in left - found.keys() if shared and set(ids[pk]) <= set(shared)}
    log_reads(
        reader,
        what=what,
        rows=[(patient, pks, found.get(patient, ReadLog.Basis.DENIED)) for patient, pks in ids.items()],
        note=note,
    )


def note_all_rows(reader: Member, rows: QuerySet[AnyRow], what: str, *, note: str = "") -> QuerySet[AnyRow]:
    """As `note_rows`, for any number of rows: their patients are read and logged a thousand at a time. Returns those of
    the rows whose patient has such a line now; a row that is added meanwhile is not among them."""
    last = ReadLog.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    with transaction.atomic():
        found = rows.order_by("patient_id", "pk").values_list("patient_id", "pk").iterator()
        people = groupby(found, key=itemgetter(0))
        while some := {patient: [pk for _patient, pk in pairs] for patient, pairs in islice(people, 1000)}:
            _note_some(reader, some, what, now=None, note=note)
    noted = ReadLog.objects.filter(pk__gt=last, subject=OuterRef("patient"), reader=reader.pk, what=what)
    return rows.filter(Exists(noted))


# --- Writing ---------------------------------------------------------------------------------------------------------


def record(*, entry: MedicalRecord, by: User, now: datetime) -> MedicalRecord:
    """Store a new entry: by a doctor in the chart of one of their patients, or by patients in their own.

    "No known allergies" ends with the first allergy that is recorded. Raises NotFound (404) for a chart that `by` may
    not read, Forbidden (403) for one that they may only read, Invalid (422) for impossible vital signs, for an onset in
    the future and for "no known allergies" beside an allergy, TooMany (429) over the limit of own entries.
    """
    by.require_confirmed()
    entry.source = _source(entry.patient, by, now)
    if entry.source != Source.DOCTOR:
        counting.count("own_chart", account=by.pk, now=now)
    if entry.source == Source.DOCTOR and not may_write_chart(by, entry.patient, now):
        entry.visit_id = visit_alone(by, entry.patient, now)
    entry.recorded_by, entry.recorded_at = by, now
    entry.vital_signs, entry.observed = checked_signs(entry, entry.vital_signs, entry.observed, now)
    entry.title = _titled(entry)
    _require_code(entry.code_id)
    _require_onset(entry.onset_date, now)
    if entry.is_confidential:
        require_teenager(entry.patient, entry.source, now)
    with transaction.atomic():
        _agree_about_allergies(entry)
        save_with_reason(entry, "recorded")
    return entry


def _agree_about_allergies(entry: MedicalRecord) -> None:
    active = MedicalRecord.objects.active().filter(patient=entry.patient)
    if entry.kind == Kind.NO_ALLERGIES and active.of_kind(Kind.ALLERGY).exists():
        raise Invalid(_("An allergy is recorded: mark it as resolved or entered in error first."), field="kind")
    if entry.kind == Kind.ALLERGY:
        for other in active.of_kind(Kind.NO_ALLERGIES):
            other.resolve(reason="an allergy was recorded")


def _source(patient: User, by: User, now: datetime) -> str:
    if by.pk == patient.pk:
        return Source.PATIENT
    if may_write_chart(by, patient, now) or visit_alone(by, patient, now):
        return Source.DOCTOR
    if is_guardian(by, patient, now):
        return Source.GUARDIAN
    log_denied(by, what="medical record add", subject=patient, now=timezone.now())
    raise Forbidden if may_read_chart(by, patient, now) else NotFound


def can_be_confidential(entry: MedicalRecord, now: datetime) -> bool:
    """Whether a doctor can mark an entry as confidential from the guardians of its patient."""
    return entry.source == Source.DOCTOR and is_teenager(entry.patient, timezone.localdate(now))


def require_teenager(patient: User, source: str, now: datetime) -> None:
    """Raises Invalid (422) unless a doctor can mark something of `patient` as confidential from the guardians."""
    if source != Source.DOCTOR:
        raise Invalid(_("Only what a doctor has entered can be confidential."), field="is_confidential")
    if not is_teenager(patient, timezone.localdate(now)):
        raise Invalid(_("Only entries of patients from 12 to 17 can be confidential."), field="is_confidential")


def _titled(entry: MedicalRecord) -> str:
    """Some kinds need no title; the kind is the default."""
    title = entry.title.strip() or (str(Kind(entry.kind).label) if entry.kind in TITLED_BY_KIND else "")
    if not title:
        raise Invalid(_("Enter a title."), field="title")
    return title


def _require_code(code: str | None) -> None:
    if code is not None and not ConditionCode.objects.in_use().filter(code=code).exists():
        raise Invalid(_("This code is not in the clinic's ICD-10 list."), field="code")


def _require_onset(day: date | None, now: datetime) -> None:
    if day and day > timezone.localdate(now):
        raise Invalid(_("The date must not be in the future."), field="onset_date")


def checked_signs(
    entry: MedicalRecord, values: Mapping[str, object] | None, seen: Mapping[str, object] | None, at: datetime
) -> tuple[dict[str, float] | None, observed.Observed | None]:
    """The checked vital signs of an entry that are measured `at` a time, and what was observed with them; None if it is
    of another kind. Raises Invalid (422), also for what is impossible at the age of the patient."""
    of_whom = whose(entry.patient, at)
    found = vital_signs.checked(values or {}, whose=of_whom)
    noted = observed.checked_observed(seen, whose=of_whom)
    if entry.kind == Kind.VITAL_SIGNS and not found:
        raise Invalid(_("Enter at least one vital sign."), field="vital_signs")
    if entry.kind != Kind.VITAL_SIGNS and (found or noted):
        raise Invalid(_("Vital signs need an entry of the kind “vital signs”."), field="vital_signs")
    return found or None, noted or None


class Amendment(TypedDict, total=False):
    """Fields of an entry (MedicalRecord.AMENDABLE) with their new values."""

    title: str
    details: str
    code: ConditionCode | None
    severity: str
    onset_date: date | None
    vital_signs: Mapping[str, object] | None
    observed: Mapping[str, object] | None
    is_confidential: bool


def amend(*, entry: MedicalRecord, changes: Amendment, reason: str, now: datetime) -> None:
    """Correct or complete an entry, with the checks of a new one."""
    if "vital_signs" in changes or "observed" in changes:
        signs, seen = changes.get("vital_signs", entry.vital_signs), changes.get("observed", entry.observed)
        signs, seen = checked_signs(entry, signs, seen, entry.recorded_at)
        changes = {**changes, "vital_signs": signs, "observed": seen}
    _require_onset(changes.get("onset_date"), now)
    if changes.get("is_confidential") and not entry.is_confidential:
        require_teenager(entry.patient, entry.source, now)
    entry.amend(changes, reason=reason)
