"""The API of letters: list, read and print."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router

from shs.core.api.authentication import anyone, requires
from shs.core.api.paging import PageOut, paged
from shs.core.errors import NotFound
from shs.core.grants.shares import shared_keys
from shs.core.reads.log import log_read
from shs.letters import pdf
from shs.letters.models import Letter, find_by_code
from shs.letters.schemas import ROW, CheckedOut, FindLetters, LetterOut, checked_out, letter_out
from shs.medical_record.services import read_chart, require_extent
from shs.prescription.schemas import WhichSize
from shs.users.models import User
from shs.users.requests import UserRequest

router = Router(tags=["Letters"])
routers = [("/letters", router)]

may_view = requires("letters.view_letter")


@router.get("/patient/{id:patient_id}", auth=may_view, response=PageOut[LetterOut])
def of_patient(request: UserRequest, patient_id: int, find: Query[FindLetters]) -> PageOut[LetterOut]:
    """The referral letters, sick notes and visit summaries of a patient, newest first."""
    patient = get_object_or_404(User.objects.unrestricted("require_extent asks and logs"), pk=patient_id)
    extent = require_extent(request.user, patient, "letters", of=Letter, now=timezone.now())
    rows = Letter.objects.unrestricted("require_extent refuses whoever may not read this chart")
    rows = extent.of(rows.filter(patient=patient))
    if find.kind:
        rows = rows.filter(kind=find.kind)
    page = paged(rows.order_by("-issued_at", "-pk").values(*ROW), find, letter_out)
    ids = [row["id"] for row in page["items"]]
    log_read(request.user, what="letters", ids=ids, subject=patient, basis=extent.basis)
    return page


@router.get("/verify/{code}", auth=anyone.limited("verify"), response=CheckedOut)
def verify(request: HttpRequest, code: str) -> CheckedOut:
    """Whether the letter with this code is valid. Public; says of a sick note the days, of no letter what is in it."""
    return checked_out(find_by_code(code))


@router.get("/{id:pk}", auth=may_view, response=LetterOut)
def detail(request: UserRequest, pk: int) -> LetterOut:
    """One letter."""
    found = _read(request.user, pk, "letter")
    return letter_out({name: getattr(found, name) for name in ROW})


@router.get("/{id:pk}/pdf", auth=may_view.limited("render"))
def paper(request: UserRequest, pk: int, which: Query[WhichSize]) -> HttpResponse:
    """The letter with a QR code, on the paper of the clinic, or on A4 or A5 with `paper`."""
    return pdf.answer(request, _read(request.user, pk, "letter PDF"), size=which.paper)


def _read(reader: User, pk: int, what: str) -> Letter:
    """The letter `pk`. The reading is written to the read log as `what`, a denial too; raises NotFound (404) then."""
    found = Letter.objects.unrestricted("read_chart() decides").in_full().filter(pk=pk).first()
    if found is None:
        raise NotFound
    read_chart(
        reader,
        found.patient,
        what,
        [found.pk],
        visit=found.visit_id,
        is_shared=found.pk in shared_keys(reader, Letter, "view"),
        is_confidential=found.is_confidential,
    )
    return found
