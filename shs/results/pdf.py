"""A result as a PDF file, for the admin and the API."""

from django.http import HttpResponse
from django.utils import timezone

from shs.core.dates import show_datetime
from shs.core.errors import NotFound
from shs.medical_record.services import extent_of
from shs.results.models import Result, ResultValue
from shs.results.printed import clinic_of, printed
from shs.results.reading import Trend, trends
from shs.results.services import shown_to
from shs.results.uploads import WaitsForDoctor
from shs.users.models import User


def answer(result: Result, reader: User, *, size: str = "") -> HttpResponse:
    """The PDF of a result for `reader`, who may read it, on the paper of the clinic or on `size` (of PaperSize), as a
    response that no cache keeps. Raises NotFound (404) for one without values, WaitsForDoctor (409) for a patient
    before the review."""
    from shs.results.paper import draw  # here, because reportlab takes 0.2 s to load and most processes never print

    if not shown_to(result, reader):
        raise WaitsForDoctor
    if not result.values.all():
        raise NotFound
    clinic, now = clinic_of(result), timezone.now()
    found = printed(result, course_of(result, reader), now_words=show_datetime(timezone.localtime(now)))
    response = HttpResponse(draw(found, size or (clinic.paper if clinic else "")), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="result-{result.pk}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response


def course_of(result: Result, reader: User) -> list[Trend]:
    """The values of the same kind of the patient, as far as `reader` sees them; until the day of the result."""
    extent = extent_of(reader, result.patient, timezone.now())
    rows = ResultValue.objects.unrestricted("of results that the reader may see").select_related("result__patient")
    seen = Result.objects.unrestricted("cut by what the reader may see").without_errors()
    seen = seen.filter(pk=result.pk) if extent is None else extent.of(seen)
    seen = seen.filter(patient=result.patient, taken_on__lte=result.taken_on)
    codes = [value.code for value in result.values.all()]
    found = rows.filter(result__in=seen, code__in=codes).order_by("-result__taken_on", "-pk")[:500]
    return trends([row for row in found if shown_to(row.result, reader)])
