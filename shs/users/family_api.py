"""The API of families: for whom the caller books and reads, and who acts for whom."""

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Status

from shs.core.ages import Birth
from shs.core.api.authentication import requires
from shs.core.api.paging import Paged, PageOut, paged
from shs.core.reads.log import log_read, log_reads
from shs.core.reads.models import ReadLog
from shs.users import corrections, families
from shs.users.family_schemas import (
    AskedCorrections,
    CorrectionOut,
    CorrectionWish,
    Ending,
    LinkOut,
    LinkWish,
    NewDependant,
    PatientOut,
    correction_out,
    link_out,
    patient_out,
)
from shs.users.models import Correction, Guardianship, User
from shs.users.permissions import BOOK, READ, Ward
from shs.users.requests import UserRequest

router = Router(tags=["Patients"])

may_view = requires("users.view_guardianship")
may_ask = requires("users.view_correction")
MYSELF = Ward(may_book=True, may_read=True)


@router.get("/", auth=may_view, response=list[PatientOut])
def patients(request: UserRequest) -> list[PatientOut]:
    """The caller, and those whose guardian they are: their ids are what other routes take as `patient`."""
    user, now = request.user, timezone.now()
    today = timezone.localdate(now)
    rows = Guardianship.objects.allowed(user, "view").in_force(now).filter(guardian=user)
    links = list(rows.select_related("dependant__profile").order_by("dependant__name", "pk"))
    log_reads(user, what="contact details", rows=[(row.dependant_id, [], ReadLog.Basis.GUARDIAN) for row in links])
    wards = [(row.dependant, Ward(row.may_book, row.may_read), row) for row in links]
    return [patient_out(*one, today) for one in [(user, MYSELF, None), *wards]]


@router.post("/", auth=may_view.limited("post"), response={201: PatientOut})
def add_dependant(request: UserRequest, data: NewDependant) -> Status[PatientOut]:
    """Enter a child under 18, who has no login, and become their guardian. Who is registered already is linked by
    `POST /patients/links`."""
    fields, now = data.model_dump(), timezone.now()
    birth = Birth(fields.pop("date_of_birth"), fields.pop("birth_precision"))
    link = families.open_dependant(guardian=request.user, birth=birth, **fields, now=now)
    ward = Ward(link.may_book, link.may_read)
    return Status(201, patient_out(link.dependant, ward, link, timezone.localdate(now)))


@router.get("/links", auth=may_view, response=PageOut[LinkOut])
def links(request: UserRequest, paging: Paged) -> PageOut[LinkOut]:
    """The guardianships of the caller: for others, of others for the caller, and for those whose guardian the caller
    is; newest first, with what was asked for and what has ended."""
    user = request.user
    found = paged(_links(user).order_by("-pk"), paging, lambda row: row)
    keys = [row.pk for row in found["items"]]
    may = {
        action: set(Guardianship.objects.allowed(user, action).filter(pk__in=keys).values_list("pk", flat=True))
        for action in ("accept", "end")
    }
    items = [
        link_out(row, user, may_accept=row.pk in may["accept"], may_revoke=row.pk in may["end"])
        for row in found["items"]
    ]
    return {**found, "items": items}


@router.post("/links", auth=may_view.limited("mail"), response={201: LinkOut})
def ask_for_link(request: UserRequest, data: LinkWish) -> Status[LinkOut]:
    """Ask to act for somebody who is registered. An adult is asked themselves, of a minor the present guardian; 409 if
    neither can answer in the app: then it is done at a front desk, with a document."""
    fields = data.model_dump()
    number, born = fields.pop("patient_number"), fields.pop("date_of_birth")
    link = families.ask(guardian=request.user, number=number, born=born, **fields, now=timezone.now())
    return Status(201, link_out(link, request.user, may_accept=False, may_revoke=True))


@router.post("/links/{id:pk}/accept", auth=requires("users.accept_guardianship"), response=LinkOut)
def accept_link(request: UserRequest, pk: int) -> LinkOut:
    """Agree to a guardianship that the caller was asked for."""
    found = get_object_or_404(_links(request.user, "accept"), pk=pk)
    link = families.accept(link=found, by=request.user, now=timezone.now())
    return link_out(link, request.user, may_accept=False, may_revoke=True)


@router.post("/links/{id:pk}/revoke", auth=requires("users.end_guardianship"), response={204: None})
def revoke_link(request: UserRequest, pk: int, data: Ending) -> Status[None]:
    """End a guardianship at once, or decline one that was asked for: the guardian, the adult, or the guardian who has
    agreed to it."""
    found = get_object_or_404(_links(request.user, "end"), pk=pk)
    families.end(link=found, by=request.user, reason=data.reason or "ended in the app", now=timezone.now())
    return Status(204, None)


@router.get("/corrections", auth=may_ask, response=PageOut[CorrectionOut])
def asked_corrections(request: UserRequest, find: Query[AskedCorrections]) -> PageOut[CorrectionOut]:
    """The corrections that were asked for, of the caller or of the `patient` whose guardian they are, newest first."""
    person = families.person_for(request.user, find.patient, BOOK, "corrections", timezone.now(), READ)
    rows = _corrections(request.user).filter(person=person).order_by("-asked_at", "-pk")
    page = paged(rows, find, correction_out)
    if person.pk != request.user.pk:
        ids = [row["id"] for row in page["items"]]
        log_read(request.user, what="corrections", ids=ids, subject=person, basis=ReadLog.Basis.GUARDIAN)
    return page


@router.post("/corrections", auth=may_ask.limited("post"), response={201: CorrectionOut})
def ask_for_correction(request: UserRequest, data: CorrectionWish) -> Status[CorrectionOut]:
    """Ask the front desk to correct what is recorded of the caller, or of the `patient` whose guardian they are. What
    the caller may correct themselves is changed by `PATCH /auth/profile`. 409 if the same waits already or was declined
    in the last 30 days, and for a sixth one that waits."""
    fields, now = data.model_dump(), timezone.now()
    person = families.person_for(request.user, fields.pop("patient"), BOOK, "corrections", now, READ)
    row = corrections.ask(person=person, **fields, by=request.user, now=now)
    return Status(201, correction_out(row))


@router.post("/corrections/{id:pk}/withdraw", auth=requires("users.withdraw_correction"), response={204: None})
def withdraw_correction(request: UserRequest, pk: int) -> Status[None]:
    """Withdraw a correction that waits."""
    row = get_object_or_404(_corrections(request.user, "withdraw"), pk=pk)
    corrections.withdraw(row=row, by=request.user, now=timezone.now())
    return Status(204, None)


def _corrections(user: User, action: str = "view") -> "QuerySet[Correction]":
    return Correction.objects.allowed(user, action).select_related("person", "asked_by")


def _links(user: User, action: str = "view") -> "QuerySet[Guardianship]":
    return Guardianship.objects.allowed(user, action).select_related("guardian", "dependant__profile")
