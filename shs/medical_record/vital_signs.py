"""Vital signs: units, codes, limits beyond which a value is taken for a typing error, and usual ranges by named
guidelines."""

from collections.abc import Mapping
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import gettext_noop

from shs.core.errors import Invalid
from shs.core.labels import Label

BEATS = gettext_noop("beats/min")
BREATHS = gettext_noop("breaths/min")


class Guideline(NamedTuple):
    """A published source of usual ranges, for people from `from_age` in whole years."""

    name: str
    from_age: int


NEWS2 = Guideline(
    "Royal College of Physicians, National Early Warning Score (NEWS) 2, 2017: the range that scores 0", 16
)
ACC_AHA = Guideline("ACC/AHA, Guideline for High Blood Pressure in Adults, 2017: normal is below 120/80 mmHg", 18)


class Sign(NamedTuple):
    """One vital sign. `unit` for people, `ucum` for machines (ucum.org), `loinc` its code (loinc.org).

    A value outside `possible` (inclusive) is a typing error: these bounds are our own, wider than anything
    measured in living people, and say nothing about health. `lowest` and `highest` are the usual range (inclusive),
    with the guideline that states it; None if no guideline states one.
    """

    name: str
    label: Label
    unit: str
    ucum: str
    loinc: str
    possible: tuple[float, float]
    lowest: tuple[float, Guideline] | None = None
    highest: tuple[float, Guideline] | None = None

    @property
    def unit_label(self) -> Label:
        """The unit in the active language; the API and FHIR use `unit`."""
        return lazy(self.unit)


SIGNS: dict[str, Sign] = {
    sign.name: sign
    for sign in (
        Sign("temperature_c", lazy("Temperature"), "°C", "Cel", "8310-5", (10, 48), (36.1, NEWS2), (38.0, NEWS2)),
        Sign("pulse_bpm", lazy("Pulse"), BEATS, "/min", "8867-4", (10, 350), (51, NEWS2), (90, NEWS2)),
        # The guideline says below 120 and below 80; in whole mmHg the highest normal values are 119 and 79.
        Sign("systolic_mmhg", lazy("Systolic"), "mmHg", "mm[Hg]", "8480-6", (20, 350), (111, NEWS2), (119, ACC_AHA)),
        Sign("diastolic_mmhg", lazy("Diastolic"), "mmHg", "mm[Hg]", "8462-4", (10, 250), None, (79, ACC_AHA)),
        Sign(
            "respiratory_rate",
            lazy("Breaths"),
            BREATHS,
            "/min",
            "9279-1",
            (1, 120),
            (12, NEWS2),
            (20, NEWS2),
        ),
        Sign("spo2_percent", lazy("Oxygen saturation"), "%", "%", "2708-6", (10, 100), (96, NEWS2), None),
        Sign("weight_kg", lazy("Weight"), "kg", "kg", "29463-7", (0.2, 650)),
        Sign("height_cm", lazy("Height"), "cm", "cm", "8302-2", (20, 280)),
    )
}


class Flag(NamedTuple):
    """One value outside of a guideline's usual range; `level` is "low" or "high", `usual` the exceeded limit."""

    name: str
    value: float
    unit: str
    level: str
    usual: float
    guideline: str


def checked(values: Mapping[str, object], *, field: str = "vital_signs") -> dict[str, float]:
    """The given values without empty ones. Raises Invalid (422) with the field for an unknown sign, a value that is not
    a number, and an impossible value."""
    found: dict[str, float] = {}
    for name, value in values.items():
        if value is None:
            continue
        sign = SIGNS.get(name)
        if sign is None:
            raise Invalid(_("Unknown vital sign."), field=f"{field}.{name}")
        least, most = sign.possible
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise Invalid(
                _("%(sign)s must be a number from %(least)s to %(most)s %(unit)s.")
                % {"sign": sign.label, "least": least, "most": most, "unit": sign.unit_label},
                field=f"{field}.{name}",
            )
        found[name] = value
    if found.get("diastolic_mmhg", 0) >= found.get("systolic_mmhg", 1000):
        raise Invalid(
            _("The diastolic pressure must be lower than the systolic pressure."), field=f"{field}.diastolic_mmhg"
        )
    return found


def flags(values: Mapping[str, float] | None, *, age: int | None) -> list[Flag]:
    """The values outside of their usual range. `age` in whole years. The guidelines are for adults: for a child nothing
    is flagged, and a patient of unknown age counts as an adult."""
    found = []
    for name, sign in SIGNS.items():
        value = (values or {}).get(name)
        if value is None:
            continue
        if sign.lowest and value < sign.lowest[0]:
            found.append(_flag(sign, value, "low", sign.lowest))
        elif sign.highest and value > sign.highest[0]:
            found.append(_flag(sign, value, "high", sign.highest))
    return [flag for flag, guideline in found if age is None or age >= guideline.from_age]


def _flag(sign: Sign, value: float, level: str, bound: tuple[float, Guideline]) -> tuple[Flag, Guideline]:
    usual, guideline = bound
    return Flag(sign.name, value, sign.unit, level, usual, guideline.name), guideline
