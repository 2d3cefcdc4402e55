"""Who has access to a patient's chart, on which basis, since when and until when."""

from datetime import datetime
from typing import NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db.models import CharField, Exists, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Cast

from shs.appointment.models import PROVEN, Appointment
from shs.appointment.models import Status as Visit
from shs.core.dates import midnight
from shs.core.grants.held import holders, holders_of_each
from shs.core.grants.models import ObjectGrant, Share, Untyped
from shs.core.grants.shares import KINDS, holders_of
from shs.core.grants.table import granted_models
from shs.core.labels import Label
from shs.core.reads.models import ReadLog
from shs.core.records.privacy import NOBODY_NAMED, Clinical
from shs.doctors.models import DoctorInformation
from shs.users.families import guardians_of
from shs.users.models import Guardianship, User
from shs.users.permissions import READ

ACTIONS = {"read_chart": ReadLog.Basis.CONSENT, "break_glass": ReadLog.Basis.BREAK_GLASS}
"""The object grants that open a chart → the basis on which they do."""


class Access(NamedTuple):
    """A person who can read the chart, on which basis, and until when; `grant` is the grant that can be revoked."""

    person: User
    basis: str
    since: datetime | None
    until: datetime | None
    grant: ObjectGrant | None = None
    share: Share | None = None
    """The shared row of the chart, where only that can be read."""

    @property
    def why(self) -> Label:
        return ReadLog.Basis(self.basis).label


def who_can_see(patient: User, *, now: datetime) -> list[Access]:
    """Every doctor who can read the chart, or what was written in their visit, at `now`, once for each basis, as the
    rule of permissions.py has it, the guardians who can, and with whom an admin has shared rows of it. At most four
    queries, besides those of shared rows; fewer for whoever was read `with_anything_shared`."""
    # Only verified doctors with an active account read charts of others.
    doctors = DoctorInformation.objects.listed()
    opened = Appointment.objects.opening(now).filter(patient=patient, doctor__in=doctors)
    confirmed = Appointment.history.filter(id=OuterRef("pk"), status=Visit.CONFIRMED).order_by("history_date")
    first = Subquery(confirmed.values("history_date")[:1])
    cared = list(opened.select_related("doctor__user").annotate(confirmed_at=first))
    ends: dict[tuple[int, str], datetime] = {}
    people = {visit.doctor.user_id: visit.doctor.user for visit in cared}
    for visit in cared:
        basis = ReadLog.Basis.CARE if visit.identity in PROVEN else ReadLog.Basis.VISIT
        key, until = (visit.doctor.user_id, basis), visit.opens_until or now
        ends[key] = max(until, ends.get(key, until))
    grants = []
    if vars(patient).get("any_grant", True):
        grants = list(holders(patient, *ACTIONS).filter(user__in=doctors.values("user")).order_by("user__name", "pk"))
    since: dict[int, datetime] = {}
    for visit in cared:
        if begun := vars(visit)["confirmed_at"]:
            since[visit.doctor.user_id] = min(begun, since.get(visit.doctor.user_id, begun))
    care = [
        Access(people[pk], basis, since.get(pk), until)
        for (pk, basis), until in sorted(ends.items(), key=lambda item: item[0][1])
        if not (basis == ReadLog.Basis.VISIT and (pk, ReadLog.Basis.CARE) in ends)
    ]
    consents = [
        Access(row.user, basis, row.updated_at, row.expires_at, row)
        for action, basis in ACTIONS.items()
        for row in grants
        if row.permission.codename == f"{action}_user"
    ]
    return [*care, *consents, *_guardians(patient, now), *shared_rows(patient, now)]


def _guardians(patient: User, now: datetime) -> list[Access]:
    """The guardians who read the chart. One query, and none if `patient` was read `with_anything_shared` and has
    none."""
    if not vars(patient).get("any_guardian", True):
        return []
    return [
        Access(row.guardian, ReadLog.Basis.GUARDIAN, row.since, until=midnight(row.until) if row.until else None)
        for row in guardians_of(patient.pk, now, READ)
    ]


def clinical_models() -> dict[type[Model], str]:
    """The models of the grant table with rows about patients whom they name, each with the path to the patient."""
    kinds = {model: getattr(model, "privacy", None) for model in granted_models()}
    paths = {model: privacy.patient for model, privacy in kinds.items() if isinstance(privacy, Clinical)}
    return {model: path for model, path in paths.items() if path != NOBODY_NAMED}


def _live(now: datetime) -> list[QuerySet[Untyped]]:
    """What is shared of any chart at `now`: with people, and with duties."""
    kinds = [ContentType.objects.get_for_model(model).pk for model in clinical_models()]
    return [kind.objects.live(now).filter(content_type__in=kinds).order_by() for kind in KINDS]


def with_anything_shared(people: QuerySet[User], now: datetime) -> QuerySet[User]:
    """`people` with whether anything of any chart is shared, for `shared_rows`, and whether they have a guardian or
    somebody has a grant on their chart."""
    first, second = _live(now)
    granted = holders_of_each(User, *ACTIONS).filter(object_pk=Cast(OuterRef("pk"), CharField())).order_by()
    guarding = Guardianship.objects.in_force(now).filter(dependant=OuterRef("pk"), may_read=True).order_by()
    is_shared = Exists(first) | Exists(second)
    return people.annotate(anything_shared=is_shared, any_guardian=Exists(guarding), any_grant=Exists(granted))


def shared_rows(patient: User, now: datetime) -> list[Access]:
    """Everybody with whom an admin has shared a row of the chart of `patient`, also by a duty. One query if nothing
    clinical is shared with anybody, as nearly always, and none if `patient` was read `with_anything_shared`; else two
    more, and one for each kind of rows and each duty."""
    if not vars(patient).get("anything_shared", True):
        return []
    clinical = clinical_models()
    kinds = {ContentType.objects.get_for_model(model).pk: model for model in clinical}
    live = _live(now)
    if not live[0].values("pk").union(live[1].values("pk"))[:1]:
        return []
    shares: list[Share] = []
    for rows in live:
        seen = rows.filter(permission__codename__startswith="view_").order_by("pk")
        shares += seen.select_related(rows.model.objects.user_or_group_field, "content_type")
    found: list[Access] = []
    for key, model in kinds.items():
        some = [row for row in shares if row.content_type_id == key]
        if not some:
            continue
        of_patient = {clinical[model]: patient.pk, "pk__in": [row.object_pk for row in some]}
        own = set(model._base_manager.filter(**of_patient).values_list("pk", flat=True))
        found += [
            Access(person, ReadLog.Basis.SHARED, row.updated_at, row.ends_at, share=row)
            for row in some
            if int(row.object_pk) in own
            for person in holders_of(row)
        ]
    return found
