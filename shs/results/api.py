"""The API of results: hand in, read, enter values, review."""

from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import File, Form, Query, Router, Status
from ninja.files import UploadedFile

from shs.core.api.authentication import requires, signed_in
from shs.core.api.paging import PageOut, paged
from shs.core.reads.log import log_read
from shs.medical_record.services import Extent, require_extent
from shs.prescription.schemas import WhichSize
from shs.results import orders, pdf, services
from shs.results.models import Result, ResultValue
from shs.results.reading import trends
from shs.results.schemas import (
    AnalyteOut,
    FindResults,
    FindTrend,
    NewResult,
    NewValues,
    OrderOut,
    ResultOut,
    ResultReview,
    Retraction,
    TrendOut,
    analytes_out,
    order_out,
    read_medicines,
    read_values,
    result_out,
    trend_out,
)
from shs.results.uploads import may_open, read, served
from shs.users.models import User
from shs.users.requests import UserRequest

router = Router(tags=["Results"])
routers = [("/results", router)]

may_view = requires("results.view_result")


@router.post("/", auth=requires("results.add_result").limited("upload"), response={201: ResultOut})
def add(request: UserRequest, data: Form[NewResult], file: File[UploadedFile | None] = None) -> Status[ResultOut]:
    """Hand in a result: a photo or PDF (JPEG, PNG or PDF, at most 5 MB), values, or both; by a patient or guardian, or
    by a doctor for one of their patients. `order` is an ordered test (GET /results/patient/{id}/orders); without it the
    only open one that fits is taken. `values` is a JSON list of {code, value, unit, low, high}; `medicines` of a
    prescription on paper is a JSON list of names, which become active medicines of the chart that are not from here."""
    now, person = timezone.now(), _person(data.patient or request.user.pk)
    services.source_of(person, request.user, now)
    row = Result(patient=person, **data.model_dump(include={"kind", "title", "taken_on", "laboratory", "note"}))
    row.order = services.order_for(person, data.order, now) if data.order else None
    typed, names = read_values(data.values), read_medicines(data.medicines)
    services.send(result=row, upload=file, values=typed, medicines=names, by=request.user, now=now)
    return Status(201, _out(_one(row.pk), request.user))


@router.get("/analytes", auth=signed_in, response=list[AnalyteOut])
def analytes(request: HttpRequest) -> list[AnalyteOut]:
    """What can be entered, with its units."""
    return analytes_out()


@router.get("/patient/{id:patient_id}", auth=may_view, response=PageOut[ResultOut])
def of_patient(request: UserRequest, patient_id: int, find: Query[FindResults]) -> PageOut[ResultOut]:
    """The results of a patient, latest first, without those entered in error."""
    patient = _person(patient_id)
    extent = require_extent(request.user, patient, "results", of=Result, now=timezone.now())
    rows = _rows(patient, extent)
    if find.kind:
        rows = rows.filter(kind=find.kind)
    page = paged(_in_full(rows), find, lambda row: _out(row, request.user))
    ids = [row["id"] for row in page["items"]]
    log_read(request.user, what="results", ids=ids, subject=patient, basis=extent.basis)
    return page


@router.get("/patient/{id:patient_id}/trend", auth=may_view, response=list[TrendOut])
def trend(request: UserRequest, patient_id: int, find: Query[FindTrend]) -> list[TrendOut]:
    """The values of a patient over time, in the stored unit, by analyte; patients do not see those that wait for the
    doctor."""
    patient = _person(patient_id)
    extent = require_extent(request.user, patient, "results", of=Result, now=timezone.now())
    rows = ResultValue.objects.unrestricted("of results that the reader may see").select_related("result__patient")
    rows = rows.filter(result__in=_rows(patient, extent), **({"code": find.code} if find.code else {}))
    seen = [row for row in rows.order_by("-result__taken_on", "-pk")[:1000] if _is_shown(row.result, request.user)]
    ids = sorted({row.result_id for row in seen})
    log_read(request.user, what="results", ids=ids, subject=patient, basis=extent.basis)
    return [trend_out(one) for one in trends(seen)]


@router.get("/patient/{id:patient_id}/orders", auth=may_view, response=list[OrderOut])
def open_orders(request: UserRequest, patient_id: int) -> list[OrderOut]:
    """The tests that were ordered for a patient in the last half year and have no result yet, latest first."""
    patient, now = _person(patient_id), timezone.now()
    extent = require_extent(request.user, patient, "ordered tests", of=Result, now=now)
    rows = orders.open_orders(patient, now).filter(orders.shown_in(extent))[:100]
    late = now - timedelta(days=settings.ORDERED_TEST_DAYS)
    log_read(request.user, what="ordered tests", ids=[row.pk for row in rows], subject=patient, basis=extent.basis)
    return [order_out(row, late) for row in rows]


@router.get("/{id:pk}", auth=may_view, response=ResultOut)
def detail(request: UserRequest, pk: int) -> ResultOut:
    """One result."""
    return _out(read(request.user, pk, "result"), request.user)


@router.get("/{id:pk}/file", auth=may_view.limited("render"))
def file(request: UserRequest, pk: int) -> HttpResponseBase:
    """The photo or PDF, as an attachment. 409 `waits_for_doctor` for a patient, until the doctor has reviewed it."""
    return served(request, read(request.user, pk, "result file"))


@router.get("/{id:pk}/pdf", auth=may_view.limited("render"))
def paper(request: UserRequest, pk: int, which: Query[WhichSize]) -> HttpResponse:
    """The values of a result with their ranges and their course, on A4 or A5; 404 for one without values, 409
    `waits_for_doctor` for a patient, until the doctor has reviewed it."""
    return pdf.answer(read(request.user, pk, "result PDF"), request.user, size=which.paper)


@router.put("/{id:pk}/values", auth=requires("results.enter_result").limited("chart"), response=ResultOut)
def enter(request: UserRequest, pk: int, data: NewValues) -> ResultOut:
    """Add values, or correct those of the same code; the result is to be reviewed again."""
    row = get_object_or_404(Result.objects.allowed(request.user, "enter"), pk=pk)
    read(request.user, pk, "result")
    services.enter(result=row, values=[one.typed() for one in data.values], by=request.user, now=timezone.now())
    return _out(_one(pk), request.user)


@router.post("/{id:pk}/review", auth=requires("results.review_result"), response=ResultOut)
def review(request: UserRequest, pk: int, data: ResultReview) -> ResultOut:
    """Mark a result as reviewed; the patient can read it now, with the `comment`."""
    row = get_object_or_404(Result.objects.allowed(request.user, "review"), pk=pk)
    read(request.user, pk, "result")
    services.review(result=row, by=request.user, comment=data.comment, now=timezone.now())
    return _out(_one(pk), request.user)


@router.post("/{id:pk}/acknowledge", auth=requires("results.review_result"), response=ResultOut)
def acknowledge(request: UserRequest, pk: int) -> ResultOut:
    """Acknowledge a critical value: it leaves the red list, and still waits for the review."""
    row = get_object_or_404(Result.objects.allowed(request.user, "review"), pk=pk)
    read(request.user, pk, "result")
    services.acknowledge(result=row, by=request.user, now=timezone.now())
    return _out(_one(pk), request.user)


@router.post("/{id:pk}/retract", auth=requires("results.retract_result"), response={204: None})
def retract(request: UserRequest, pk: int, data: Retraction) -> Status[None]:
    """Mark a result as entered in error: by a doctor, or by whoever handed it in until a doctor has reviewed it."""
    row = get_object_or_404(Result.objects.allowed(request.user, "retract"), pk=pk)
    read(request.user, pk, "result")
    services.retract(result=row, reason=data.reason)
    return Status(204, None)


def _rows(patient: User, extent: Extent) -> QuerySet[Result]:
    rows = Result.objects.unrestricted("require_extent refuses whoever may not read this chart").without_errors()
    return extent.of(rows.filter(patient=patient))


def _in_full(rows: QuerySet[Result]) -> QuerySet[Result]:
    return rows.select_related("patient", "doctor").prefetch_related("values").order_by("-taken_on", "-pk")


def _one(pk: int) -> Result:
    return _in_full(Result.objects.unrestricted("of whoever has just changed it")).get(pk=pk)


def _is_shown(row: Result, reader: User) -> bool:
    return services.shown_to(row, reader)


def _out(row: Result, reader: User) -> ResultOut:
    return result_out(row, is_shown=_is_shown(row, reader), has_file=bool(row.file) and may_open(row, reader))


def _person(pk: int) -> User:
    return get_object_or_404(User.objects.unrestricted("each route asks and logs").select_related("profile"), pk=pk)
