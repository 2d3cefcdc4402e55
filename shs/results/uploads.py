"""Reading one result, and serving its file."""

from django.http import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from shs.core.errors import NotFound, Refused
from shs.core.grants.shares import shared_keys
from shs.core.records.files import ENDINGS, file_answer
from shs.medical_record.services import read_chart
from shs.results.models import Result, Source, Status
from shs.results.services import shown_to
from shs.users.models import User
from shs.users.requests import UserRequest


class WaitsForDoctor(Refused):
    """A patient asks for a result that the doctor has not reviewed."""

    code = "waits_for_doctor"
    title = _("This result waits for your doctor")


def read(reader: User, pk: int, what: str) -> Result:
    """The result `pk`, unless it was entered in error. The reading is written to the read log as `what`, a denial too;
    raises NotFound (404) then."""
    rows = Result.objects.exclude(status=Status.ENTERED_IN_ERROR).select_related("patient", "doctor")
    found = rows.prefetch_related("values").filter(pk=pk).first()
    if found is None:
        raise NotFound
    read_chart(
        reader,
        found.patient,
        what,
        [found.pk],
        visit=found.visit_id,
        is_shared=found.pk in shared_keys(reader, Result, "view"),
        is_confidential=found.is_confidential,
    )
    return found


def may_open(result: Result, reader: User) -> bool:
    """Whether `reader`, who may read the result, may open its file now: what patients and guardians handed in, they
    have themselves."""
    return result.source in (Source.PATIENT, Source.GUARDIAN) or shown_to(result, reader)


def served(request: UserRequest, result: Result, *, framed: bool = False) -> HttpResponseBase:
    """The response with its file; the caller has checked permission and logged the reading. `framed` is for the office,
    which shows it in the page. Raises NotFound (404) without a file, WaitsForDoctor (409) for a patient before the
    review."""
    if not result.file:
        raise NotFound
    if not may_open(result, request.user):
        raise WaitsForDoctor
    name = f"result-{result.pk}.{ENDINGS[result.content_type]}"
    return file_answer(result.file, result.content_type, filename=name, framed=framed)
