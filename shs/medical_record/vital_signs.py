"""Vital signs: units, codes, and limits beyond which a value is taken for a typing error. What is usual: `grades`."""

from collections.abc import Mapping
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import gettext_noop

from shs.core.errors import Invalid
from shs.core.labels import Label
from shs.medical_record.ranges import possible
from shs.medical_record.whose import Whose

BEATS = gettext_noop("beats/min")
BREATHS = gettext_noop("breaths/min")


class Sign(NamedTuple):
    """One vital sign. `unit` for people, `ucum` for machines (ucum.org), `loinc` its code (loinc.org), measured to
    `decimals`.

    A value outside `possible` (inclusive) is a typing error at every age: these bounds are our own, wider than anything
    measured in living people, and say nothing about health. `reference/possible.toml` has closer ones for some ages.
    A graph of it shows at least `span` units, so that a small difference looks small.
    """

    name: str
    label: Label
    unit: str
    ucum: str
    loinc: str
    possible: tuple[float, float]
    span: float
    decimals: int = 0

    @property
    def unit_label(self) -> Label:
        """The unit in the active language; the API and FHIR use `unit`."""
        return lazy(self.unit)

    def rounded(self, value: float) -> float:
        """The value as precisely as its ranges and points are given."""
        return round(value, self.decimals) if self.decimals else int(value + 0.5)


SIGNS: dict[str, Sign] = {
    sign.name: sign
    for sign in (
        Sign("temperature_c", lazy("Temperature"), "°C", "Cel", "8310-5", (10, 48), 4, 1),
        Sign("pulse_bpm", lazy("Pulse"), BEATS, "/min", "8867-4", (10, 350), 60),
        Sign("systolic_mmhg", lazy("Systolic"), "mmHg", "mm[Hg]", "8480-6", (20, 350), 80),
        Sign("diastolic_mmhg", lazy("Diastolic"), "mmHg", "mm[Hg]", "8462-4", (10, 250), 80),
        Sign("respiratory_rate", lazy("Respiratory rate"), BREATHS, "/min", "9279-1", (1, 120), 20),
        Sign("spo2_percent", lazy("Oxygen saturation"), "%", "%", "2708-6", (10, 100), 15),
        Sign("weight_kg", lazy("Weight"), "kg", "kg", "29463-7", (0.2, 650), 10, 1),
        Sign("height_cm", lazy("Height"), "cm", "cm", "8302-2", (20, 280), 20, 1),
    )
}


def checked(
    values: Mapping[str, object], *, whose: Whose | None = None, field: str = "vital_signs"
) -> dict[str, float]:
    """The given values without empty ones. Raises Invalid (422) with the field for an unknown sign, a value that is not
    a number, and a value that is impossible at the age of `whose`."""
    found: dict[str, float] = {}
    for name, value in values.items():
        if value is None:
            continue
        sign = SIGNS.get(name)
        if sign is None:
            raise Invalid(_("Unknown vital sign."), field=f"{field}.{name}")
        if isinstance(value, bool) or not isinstance(value, int | float) or not _lies(value, sign.possible):
            raise Invalid(_must(sign, sign.possible), field=f"{field}.{name}")
        between = possible(name, whose.months if whose else None, sign.possible)
        if whose and not _lies(value, between):
            must = _("At the age of %(age)s: %(must)s") % {"age": whose.shown_age, "must": _must(sign, between)}
            raise Invalid(must, field=f"{field}.{name}")
        found[name] = value
    if found.get("diastolic_mmhg", 0) >= found.get("systolic_mmhg", 1000):
        raise Invalid(
            _("The diastolic pressure must be lower than the systolic pressure."), field=f"{field}.diastolic_mmhg"
        )
    return found


def _lies(value: float, between: tuple[float, float]) -> bool:
    return between[0] <= value <= between[1]


def _must(sign: Sign, between: tuple[float, float]) -> str:
    return _("%(sign)s must be a number from %(least)s to %(most)s %(unit)s.") % {
        "sign": sign.label,
        "least": f"{between[0]:g}",
        "most": f"{between[1]:g}",
        "unit": sign.unit_label,
    }
