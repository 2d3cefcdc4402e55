"""Changes of the facts of a verified doctor: proposed by them, decided by a verification officer."""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from shs.core.errors import NotFound, StepRefused
from shs.core.records.transitions import lock, save_with_reason
from shs.doctors.models import FACTS, DoctorInformation, DoctorSpecialization, FactProposal
from shs.doctors.services.derived import refresh_derived
from shs.doctors.services.values import require_free_licence
from shs.users.models import User
from shs.users.services import holds_name


def waiting(doctor: DoctorInformation) -> FactProposal | None:
    """The proposal of a doctor that waits for a decision."""
    return FactProposal.objects.waiting().filter(doctor=doctor).first()


def verified_facts(doctor: DoctorInformation) -> dict[str, object]:
    """The facts of a doctor as a proposal holds them."""
    facts: dict[str, object] = {name: getattr(doctor, name) for name in FACTS if name != "specializations"}
    facts["specializations"] = sorted(doctor.specializations.values_list("slug", flat=True))
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in facts.items()}


def propose(doctor: DoctorInformation, facts: Mapping[str, object], *, now: datetime) -> FactProposal | None:
    """Let `facts`, which have been checked, wait beside the verified ones of `doctor`, whose row is locked. A proposal
    that waits already is completed; a fact that is as it was verified changes nothing of it. Returns what waits now."""
    wanted = {name: value.isoformat() if isinstance(value, date) else value for name, value in facts.items()}
    if "specializations" in wanted:
        wanted["specializations"] = sorted(facts["specializations"])  # type: ignore[call-overload]  # slugs
    verified, before = verified_facts(doctor), waiting(doctor)
    wanted = {name: value for name, value in wanted.items() if value != verified[name]}
    if before is None and wanted:
        return FactProposal.objects.create(doctor=doctor, changes=wanted, proposed_at=now)
    if before is not None and wanted and {**before.changes, **wanted} != before.changes:
        before.replace({**before.changes, **wanted}, now=now)
    return before


def withdraw(*, doctor: DoctorInformation) -> None:
    """Withdraw the doctor's proposal. Raises NotFound (404) if none waits."""
    with transaction.atomic():
        lock(doctor)
        proposal = waiting(doctor)
        if proposal is None:
            raise NotFound
        proposal.withdraw()


def accept(*, doctor: DoctorInformation, note: str, by: User, now: datetime) -> FactProposal:
    """Make the proposed facts the verified ones. Raises StepRefused (409) if none waits or the doctor is not verified,
    LicenceTaken (409) if somebody else has the licence by now."""
    with transaction.atomic():
        proposal = _to_decide(doctor)
        _apply(doctor, proposal, f"proposed change accepted: {note}" if note else "proposed change accepted")
        proposal.decide(FactProposal.Status.ACCEPTED, note=note, by=by, now=now)
    return proposal


def refuse(*, doctor: DoctorInformation, note: str, by: User, now: datetime) -> FactProposal:
    """Leave the verified facts as they are. Raises as `accept`."""
    with transaction.atomic():
        proposal = _to_decide(doctor)
        proposal.decide(FactProposal.Status.REFUSED, note=note, by=by, now=now)
    return proposal


def fold(doctor: DoctorInformation, *, now: datetime) -> FactProposal | None:
    """For a doctor who is no longer verified: what waits becomes part of the profile, all of which is verified
    again."""
    with transaction.atomic():
        lock(doctor)
        proposal = waiting(doctor)
        if proposal is None:
            return None
        _apply(doctor, proposal, "proposed change joins the application")
        proposal.decide(FactProposal.Status.ACCEPTED, note="", by=None, now=now)
    return proposal


def _to_decide(doctor: DoctorInformation) -> FactProposal:
    lock(doctor)
    proposal = waiting(doctor)
    if proposal is None:
        raise StepRefused(_("No change is proposed any more."))
    if not doctor.is_approved:
        raise StepRefused(_("The doctor is not verified: decide the application."))
    return proposal


def _apply(doctor: DoctorInformation, proposal: FactProposal, reason: str) -> None:
    values = proposal.values()
    slugs = values.pop("specializations", None)
    if "license_number" in values:
        require_free_licence(str(values["license_number"]), doctor)
    for name, value in values.items():
        setattr(doctor, name, value)
    save_with_reason(doctor, reason)
    if slugs is not None:
        named = DoctorSpecialization.objects.filter(slug__in=slugs)
        doctor.specializations.set(DoctorSpecialization.objects.filter(pk__in=named.successors()))
    if "name" in values:
        doctor.user.rename(str(values["name"]), reason=reason)
    refresh_derived(doctor)


@holds_name
def name_of_verified(user: User, name: str, now: datetime) -> bool:
    """A verified doctor's name waits as a proposal."""
    doctor = DoctorInformation.objects.filter(user=user).first()
    if doctor is None or not doctor.is_approved:
        return False
    with transaction.atomic():
        lock(doctor)
        propose(doctor, {"name": name}, now=now)
    return True
