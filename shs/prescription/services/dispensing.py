"""What pharmacies dispense on a prescription: the one-time code, dispensing, taking back, and what was dispensed."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from shs.core.digits import latin_digits
from shs.core.errors import Invalid, NotFound
from shs.core.limits.counting import count
from shs.core.records.transactions import atomic_with_retry
from shs.core.records.transitions import lock, save_with_reason
from shs.notices.kinds import Kind
from shs.notices.services import notice, notify
from shs.prescription.errors import GivenBefore, NoPharmacy, NotToDispense, WrongCode
from shs.prescription.models import (
    DispensedLine,
    Dispensing,
    DispensingStatus,
    Extent,
    Pharmacy,
    Prescription,
    PrescriptionLine,
)
from shs.users.families import to_family
from shs.users.models import User
from shs.users.permissions import READ

CODE_DIGITS = 8
UNDO_SALT = "shs.prescription.dispensing.undo"


class Given(NamedTuple):
    """How much of a medicine a pharmacy dispenses, with its note."""

    extent: str
    note: str = ""


class LineState(NamedTuple):
    """How much of the medicine with the key `line` was dispensed in all; `times`: the rows that say so, oldest
    first."""

    line: int
    extent: str
    times: list[DispensedLine]


# --- Validity and code -----------------------------------------------------------------------------------------------


def code_for(prescription: Prescription, now: datetime) -> str:
    """The code with which a pharmacy dispenses the next time, such as "4829 1307"; empty if nothing may be dispensed.
    It follows from the secret key, so that nothing of it is stored and each paper has the same one. One query."""
    if prescription.validity(now) != "valid":
        return ""
    code = _code(prescription, _used(prescription), settings.SECRET_KEY)
    return f"{code[:4]} {code[4:]}"


def _used(prescription: Prescription) -> int:
    """How many codes were used: the number of the next dispensing."""
    return prescription.dispensings.filter(status=DispensingStatus.GIVEN).count()


def _code(prescription: Prescription, number: int, key: str) -> str:
    bits = salted_hmac("shs.prescription.dispensing", f"{prescription.code}:{number}", secret=key, algorithm="sha256")
    return f"{int.from_bytes(bits.digest()) % 10**CODE_DIGITS:0{CODE_DIGITS}d}"


# --- Dispensing ------------------------------------------------------------------------------------------------------


def dispense(
    *,
    prescription: Prescription,
    code: str,
    pharmacy: str,
    given: Mapping[int, Given],
    seen_before: bool,
    now: datetime,
) -> Dispensing:
    """Note that `pharmacy`, which names itself, dispenses medicines: `given` by the keys of their lines. Codes are
    counted, right and wrong, for the prescription. `seen_before`: the pharmacy has seen what was dispensed before.

    Raises TooMany (429), WrongCode (422), Invalid (422) if nothing is dispensed, NotToDispense (409), GivenBefore
    (409). Of two at once with the same code one is refused.
    """
    count("dispense", instead=f"prescription:{prescription.pk}", now=now)
    return _dispense(prescription, Giver(pharmacy.strip(), code=code), given, seen_before, now)


def dispense_as(
    *, prescription: Prescription, by: User, given: Mapping[int, Given], seen_before: bool, now: datetime
) -> Dispensing:
    """As `dispense`, for the registered pharmacy of `by`, who is logged in and needs no code; what is dispensed in part
    or not at all needs a note. Raises NoPharmacy (403) if it is suspended, and as `dispense`."""
    count("dispense", instead=f"prescription:{prescription.pk}", now=now)
    return _dispense(prescription, Giver("", by=by), given, seen_before, now)


class Giver(NamedTuple):
    """Who dispenses: a pharmacy that names itself and shows the `code`, or the person `by` of a registered one."""

    name: str
    code: str = ""
    by: User | None = None


@atomic_with_retry
def _dispense(
    prescription: Prescription, giver: Giver, given: Mapping[int, Given], seen_before: bool, now: datetime
) -> Dispensing:
    lock(prescription)
    if prescription.validity(now) != "valid":
        raise NotToDispense
    number, registered = _used(prescription), active_pharmacy(giver.by) if giver.by else None
    if registered is None:
        _require_code(prescription, number, giver.code)
    lines = list(prescription.lines.all())
    if not any(line.pk in given and given[line.pk].extent != Extent.NONE for line in lines):
        raise Invalid(_("Enter for at least one medicine how much is dispensed."), field="given")
    before = {state.line for state in states(prescription) if state.extent == Extent.ALL}
    if registered is not None:
        _require_notes([line for line in lines if line.pk not in before], given)
    again = {line.pk for line in lines if line.pk in before and given.get(line.pk, NOTHING).extent != Extent.NONE}
    if again and not seen_before:
        names = ", ".join(line.name for line in lines if line.pk in again)
        raise GivenBefore(_("Dispensed before: %(medicines)s.") % {"medicines": names}, field="seen_before")
    row = Dispensing(prescription=prescription, number=number, pharmacy=giver.name, given_at=now)
    if registered is not None:
        row.registered, row.by, row.pharmacy = registered, giver.by, registered.name_and_place
    save_with_reason(row, "dispensed by a pharmacy")
    for line in lines:
        if (one := given.get(line.pk)) is not None:
            DispensedLine.objects.create(
                dispensing=row, line=line, extent=one.extent, note=one.note.strip()[:150], again=line.pk in again
            )
    _tell(row, is_again=bool(again), now=now)
    return row


NOTHING = Given(Extent.NONE)


def active_pharmacy(user: User) -> Pharmacy:
    """The pharmacy for which `user` may dispense medicines; locked, so that it is not suspended meanwhile. Raises
    NoPharmacy (403)."""
    found = Pharmacy.objects.allowed(user, "dispense").select_for_update(of=("self",)).first()
    if found is None:
        raise NoPharmacy
    return found


def _require_code(prescription: Prescription, number: int, code: str) -> None:
    typed = "".join(filter(str.isdigit, latin_digits(code[:40])))
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    if not any([constant_time_compare(_code(prescription, number, key), typed) for key in keys]):
        raise WrongCode(field="code")


def _require_notes(lines: Iterable[PrescriptionLine], given: Mapping[int, Given]) -> None:
    """Of what is dispensed in part how much, and of what is not dispensed why not."""
    asked = {
        Extent.PART: _("Record how much of %(medicine)s is dispensed."),
        Extent.NONE: _("Record why %(medicine)s is not dispensed."),
    }
    for line in lines:
        one = given.get(line.pk, NOTHING)
        if one.extent in asked and not one.note.strip():
            raise Invalid(asked[Extent(one.extent)] % {"medicine": line.name}, field="given")


def _tell(row: Dispensing, *, is_again: bool, now: datetime) -> None:
    """Tell the patient, who may not have been there, and of a second time the doctor, too. Without the medicines."""
    found = row.prescription
    data = {"pharmacy": row.pharmacy, "doctor": found.doctor.name, "is_again": is_again, "is_to_doctor": False}
    about = f"prescription:{found.pk}"
    told = [notice(to=found.patient, kind=Kind.DISPENSED, data=data, about=about)]
    told = list(told if found.is_confidential else to_family(told, found.patient, READ, now))
    if is_again:
        to_doctor = {**data, "is_to_doctor": True, "number": found.appointment.number}
        told.append(notice(to=found.doctor.user, kind=Kind.DISPENSED, data=to_doctor, about=about))
    notify(*told)


def undo_token(row: Dispensing) -> str:
    """What the pharmacy that has just dispensed sends to take it back."""
    return signing.dumps(row.pk, salt=UNDO_SALT)


@transaction.atomic
def undo(*, prescription: Prescription, token: str, now: datetime, by: User | None = None) -> Dispensing:
    """Take back a dispensing of `prescription`; one of a registered pharmacy `by` its people. Raises NotFound (404) for
    a wrong token and for others, NoPharmacy (403), TooLate (409), StepRefused (409)."""
    try:
        pk = signing.loads(token, salt=UNDO_SALT)
    except signing.BadSignature:
        raise NotFound from None
    lock(prescription)
    row = prescription.dispensings.filter(pk=pk).first()
    if row is None:
        raise NotFound
    if row.registered_id and (by is None or active_pharmacy(by).pk != row.registered_id):
        raise NotFound
    row.undo(now=now)
    return row


# --- What was given --------------------------------------------------------------------------------------------------


def states(prescription: Prescription) -> list[LineState]:
    """For each medicine how much was dispensed, in the order of the prescription. Two queries."""
    rows = DispensedLine.objects.filter(
        dispensing__prescription=prescription, dispensing__status=DispensingStatus.GIVEN
    ).select_related("dispensing")
    given: dict[int, list[DispensedLine]] = {}
    for row in rows.order_by("dispensing__given_at", "pk"):
        given.setdefault(row.line_id, []).append(row)
    return [
        LineState(line.pk, _most(given.get(line.pk, [])), given.get(line.pk, [])) for line in prescription.lines.all()
    ]


def _most(rows: list[DispensedLine]) -> str:
    extents = {row.extent for row in rows}
    return next((str(one) for one in (Extent.ALL, Extent.PART) if one in extents), str(Extent.NONE))


def whole_state(found: list[LineState]) -> str:
    """How much of a prescription was dispensed: `all`, `part` or `none`."""
    extents = {state.extent for state in found}
    if extents == {Extent.ALL}:
        return str(Extent.ALL)
    return str(Extent.NONE) if extents <= {Extent.NONE} else str(Extent.PART)
