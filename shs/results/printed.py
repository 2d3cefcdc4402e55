"""What stands on the paper of a result: its values with units, ranges and their course. It is printed from the chart,
and says that it is not the paper of the laboratory."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shs.core.dates import show_date, show_datetime
from shs.core.paper.content import Fact, Letterhead, Part, PatientBlock, joined, known_language
from shs.core.paper.fonts import in_print
from shs.doctors.models import Clinic
from shs.prescription.models.content import PatientNamed
from shs.prescription.printed import GENDERS, Words, age_of, letterhead_of, letterhead_of_clinic
from shs.prescription.services import parties
from shs.prescription.services.parties import named_patient
from shs.results.analytes import in_unit, rounded
from shs.results.models import Result, ResultValue
from shs.results.patient_page import Course, course
from shs.results.reading import Trend
from shs.users.numbers import patient_number

EARLIER = 4
"""So many earlier values stand beside each value."""


class ValueRow(NamedTuple):
    """A value: what was measured, the number with its unit, whether it is outside of its range, the range and whose it
    is, earlier values (latest first), and the drawing of its course."""

    label: str
    value: str
    mark: str
    range: str
    source: str
    earlier: str
    course: Course | None


class PrintedResult(NamedTuple):
    """The whole paper."""

    title: str
    language: str
    head: Letterhead
    patient: PatientBlock
    columns: list[str]
    rows: list[ValueRow]
    parts: list[Part]
    ends: list[str]
    foot: str


def clinic_of(result: Result) -> Clinic | None:
    """The clinic for which the result was taken: that of the visit in which the test was ordered."""
    visit = result.order.prescription.appointment if result.order else result.visit
    return visit.clinic if visit else None


def printed(result: Result, trends: Sequence[Trend], *, now_words: str) -> PrintedResult:
    """The paper of a result; `trends` are what its reader may see of the course of its values, `now_words` when it is
    printed."""
    language = known_language(result.patient.language)
    both, clinic = Words(language), clinic_of(result)
    named = named_patient(result.patient)
    by_code = {trend.analyte.code: trend for trend in trends}
    with translation.override(language):
        head = letterhead_of(parties(result.doctor, clinic, result.patient)) if result.doctor else None
        return PrintedResult(
            title=result.title,
            language=language,
            head=head or letterhead_of_clinic(clinic),
            patient=_patient(result, named, both),
            columns=[
                both(label)
                for label in (
                    gettext_lazy("Measured"),
                    gettext_lazy("Value"),
                    gettext_lazy("Reference range"),
                    gettext_lazy("Trend"),
                )
            ],
            rows=[_row(value, by_code.get(value.code), result) for value in result.values.all()],
            parts=_parts(result, both),
            ends=_ends(result, now_words),
            foot=joined([in_print(named["name"]), show_date(result.taken_on)]),
        )


def _patient(result: Result, patient: PatientNamed, both: Words) -> PatientBlock:
    return PatientBlock(
        label=both(gettext_lazy("Patient")),
        name=in_print(patient["name"]),
        facts=[
            Fact(both(gettext_lazy("Age")), age_of(patient, result.taken_on)),
            Fact(both(gettext_lazy("Sex")), str(GENDERS.get(patient["gender"], ""))),
            Fact(both(gettext_lazy("Patient no.")), patient_number(patient["id"])),
        ],
        issued_label=both(gettext_lazy("Taken")),
        issued=show_date(result.taken_on),
        number=result.laboratory,
    )


def _row(value: ResultValue, trend: Trend | None, result: Result) -> ValueRow:
    before = _before(trend, result.pk, result.taken_on)
    mark = _("critical") if value.is_critical else ""
    if not mark and value.flag in (value.Flag.LOW, value.Flag.HIGH):
        mark = str(value.get_flag_display())
    return ValueRow(
        label=str(value.analyte.label),
        value=value.as_typed,
        mark=mark,
        range=f"{value.range} {value.unit}" if value.range else _("no range known"),
        source=str(value.range_words) if value.range else "",
        earlier="\n".join(f"{_in_unit(one, value.unit)} · {show_date(one.result.taken_on)}" for one in before),
        course=course(trend) if trend is not None and len(trend.points) > 1 else None,
    )


def _in_unit(one: ResultValue, name: str) -> str:
    """An earlier value in the unit of the present one; rounded, if it was typed in another."""
    if one.unit == name:
        return one.as_typed
    return f"{rounded(in_unit(one.analyte, one.value, name))} {name}"


def _before(trend: Trend | None, result: int, day: date) -> list[ResultValue]:
    """The values before those of a result, latest first."""
    points = reversed(trend.points) if trend is not None else []
    found = [point.value for point in points if point.value.result_id != result and point.day <= day]
    return found[:EARLIER]


def _parts(result: Result, both: Words) -> list[Part]:
    parts = [Part(both(gettext_lazy("Note")), result.note)]
    if not result.is_held:
        parts.append(Part(both(gettext_lazy("What the doctor says")), result.comment))
    return [part for part in parts if part.words]


def _ends(result: Result, now_words: str) -> list[str]:
    """Who has reviewed it, and what this paper is."""
    said = _("Not reviewed by a doctor yet.")
    if result.reviewed_by is not None and result.reviewed_at is not None and result.status == result.Status.REVIEWED:
        at = show_datetime(timezone.localtime(result.reviewed_at))
        said = _("Reviewed by %(name)s, %(time)s.") % {"name": in_print(result.reviewed_by.name), "time": at}
    own = _("Printed from the chart on %(time)s. It is not the paper of the laboratory.") % {"time": now_words}
    return [said, own]
