"""The results section of the patient page: what waits, the course of each value, and the latest papers."""

from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from shs.core.children import with_children
from shs.core.grants.table import holds
from shs.core.labels import Label
from shs.medical_record.patient_page import Section
from shs.medical_record.permissions import may_write_chart, visit_alone
from shs.medical_record.services import extent_of
from shs.results import orders
from shs.results.models import Result, ResultValue
from shs.results.reading import Trend, trends
from shs.users.models import User

SHOWN = 20
DRAWN = 12
"""The most values of one analyte in its row and its drawing."""
LEFT, RIGHT, TOP, BOTTOM = 6, 234, 6, 54


class Course(NamedTuple):
    """The course of one analyte: its latest values, newest first, and a drawing of 240 × 60 units (`points` for SVG's
    polyline, `dots` as x and y, `band` as y and height of the latest range, if it has both ends)."""

    label: Label
    unit: str
    values: list[ResultValue]
    points: str
    dots: list[tuple[float, float]]
    band: tuple[float, float] | None


def results(reader: User, patient: User, now: datetime) -> Section:
    """The results that the reader may see, and the ordered tests without one."""
    extent = extent_of(reader, patient, now)
    rows = Result.objects.allowed(reader, "view") if extent is None else extent.of(Result.objects.all())
    rows = rows.without_errors().filter(patient=patient).select_related("doctor")
    found = with_children(rows.order_by("-taken_on", "-pk")[: SHOWN * 3], "values")
    values = [value for row in found for value in row.values.all()]
    open_orders = list(orders.open_orders(patient, now).filter(orders.shown_in(extent))[:SHOWN]) if extent else []
    may_add = holds(reader, "results.add_result") and (
        may_write_chart(reader, patient, now) or visit_alone(reader, patient, now)
    )
    context: dict[str, object] = {
        "rows": found[:SHOWN],
        "courses": [course(trend) for trend in trends(values)],
        "orders": open_orders,
        "patient": patient,
        "may_add": may_add,
    }
    return Section(
        _("Results"),
        "admin/results/section.html",
        context,
        "results" if found else "",
        [row.pk for row in found],
    )


def course(trend: Trend) -> Course:
    """The drawing of a trend. Its axis spans at least a tenth of the latest value, so that small differences do not
    look like a fall."""
    points = trend.points[-DRAWN:]
    numbers = [float(point.value.value) for point in points]
    band = _band(points[-1].value)
    least, most = min([*numbers, *(band or ())]), max([*numbers, *(band or ())])
    space = max(most - least, abs(numbers[-1]) / 10, 0.001)
    middle = (least + most) / 2
    first, span = points[0].day, max((points[-1].day - points[0].day).days, 1)

    def y(number: float) -> float:
        return float(round((TOP + BOTTOM) / 2 - (number - middle) / space * (BOTTOM - TOP), 1))

    dots = [
        (round(LEFT + (RIGHT - LEFT) * (point.day - first).days / span, 1), y(number))
        for point, number in zip(points, numbers, strict=True)
    ]
    drawn = (y(band[1]), round(y(band[0]) - y(band[1]), 1)) if band else None
    values = [point.value for point in reversed(points)]
    return Course(
        trend.analyte.label, trend.analyte.stored.name, values, " ".join(f"{x},{at}" for x, at in dots), dots, drawn
    )


def _band(value: ResultValue) -> tuple[float, float] | None:
    """Both ends of the range of a value in the stored unit."""
    if value.low is None or value.high is None:
        return None
    unit = value.analyte.unit(value.unit)
    low, high = ((end - unit.offset) * unit.factor for end in (value.low, value.high))
    return float(low), float(high)
