"""What is measured in the laboratory: units with their conversion, codes, limits beyond which a value is taken for a
typing error, usual ranges of adults, and critical limits, each with its source."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from shs.core.ages import whole_years
from shs.core.errors import Invalid
from shs.core.labels import Label

ADULT = 18
PLACES = Decimal("0.0001")
"""Values are stored to four decimal places."""

# --- Sources ---------------------------------------------------------------------------------------------------------

ADA = "American Diabetes Association, Standards of Medical Care in Diabetes, tables 2.2 and 2.5, 2021"
ATP3 = "National Cholesterol Education Program, Adult Treatment Panel III, NIH 02-5215, 2002"
MSD = "MSD Manual, table of blood tests, as read in 2026"
BLOOD_COUNT = "eCampusOntario, Clinical Cases, laboratory tests reference ranges, as read in 2026"
CRITICAL = "Main Line Health Laboratories, critical values for general laboratory tests, as read in 2026"
MSD_ADA = f"{MSD}; {ADA}"
NGSP = "NGSP, IFCC standardization of HbA1c: NGSP = 0.09148 × IFCC + 2.152"
FACTORS = "Table of SI conversion factors (creatinine 88.4, cholesterol 0.02586), csmu.edu.tw, as read in 2026"
MASS = "Computed from the molar mass: glucose 180.16 g/mol, triglycerides 885.4 g/mol"
DECIMAL = "The same unit, in other multiples"


class Unit(NamedTuple):
    """A unit in which a laboratory reports: the value in the stored unit is (typed - `offset`) × `factor`. `ucum` is
    its name for programs (ucum.org), `source` says where the factor is from."""

    name: str
    ucum: str
    factor: Decimal = Decimal(1)
    offset: Decimal = Decimal(0)
    source: str = ""


class Usual(NamedTuple):
    """The usual range of adults in `unit`, both ends inclusive; None: no limit. `sex`: of whom, empty for both."""

    unit: str
    lowest: Decimal | None
    highest: Decimal | None
    source: str
    sex: str = ""


class Critical(NamedTuple):
    """Limits in `unit`, inclusive, beyond which the doctor is told at once; None: no limit."""

    unit: str
    low: Decimal | None
    high: Decimal | None
    source: str = CRITICAL


class Analyte(NamedTuple):
    """One thing that is measured. The first of `units` is the stored one. `loinc` is its code in the catalogue of
    tests, which is for values in the unit `loinc_unit`.

    `possible` are our own bounds in the stored unit, wider than anything measured in living people: a value outside is
    a typing error. They say nothing about health.
    """

    code: str
    label: Label
    loinc: str
    loinc_unit: str
    units: tuple[Unit, ...]
    possible: tuple[Decimal, Decimal]
    usual: tuple[Usual, ...] = ()
    critical: Critical | None = None

    @property
    def stored(self) -> Unit:
        """The unit in which values are stored."""
        return self.units[0]

    def unit(self, name: str) -> Unit:
        """The unit called `name`. Raises Invalid (422) for another one."""
        for unit in self.units:
            if unit.name == name:
                return unit
        known = ", ".join(unit.name for unit in self.units)
        raise Invalid(
            _("%(analyte)s is measured in %(units)s.") % {"analyte": self.label, "units": known}, field="values"
        )


def number(text: str) -> Decimal:
    return Decimal(text)


MMOL, MG_DL = "mmol/L", "mg/dL"
PER_LITRE = "×10⁹/L"
GLUCOSE = (Unit(MMOL, "mmol/L"), Unit(MG_DL, "mg/dL", number("0.055506"), source=MASS))
CHOLESTEROL = (Unit(MMOL, "mmol/L"), Unit(MG_DL, "mg/dL", number("0.02586"), source=FACTORS))
TRIGLYCERIDES = (Unit(MMOL, "mmol/L"), Unit(MG_DL, "mg/dL", number("0.011294"), source=MASS))
CELLS = (
    Unit(PER_LITRE, "10*9/L"),
    Unit("×10³/µL", "10*3/uL", source=DECIMAL),
    Unit("/µL", "/uL", number("0.001"), source=DECIMAL),
)
CRITICAL_GLUCOSE = Critical(MG_DL, number("50"), number("450"))

ANALYTES: dict[str, Analyte] = {
    one.code: one
    for one in (
        Analyte(
            "glucose_fasting",
            lazy("Glucose, fasting"),
            "1558-6",
            MG_DL,
            GLUCOSE,
            (number("0.1"), number("150")),
            # The lowest usual value is the manual's; the highest is below ADA's 100 mg/dL (5.6 mmol/L).
            (
                Usual(MMOL, number("3.9"), number("5.5"), MSD_ADA),
                Usual(MG_DL, number("70"), number("99"), MSD_ADA),
            ),
            CRITICAL_GLUCOSE,
        ),
        Analyte(
            "glucose_random",
            lazy("Glucose, random"),
            "2345-7",
            MG_DL,
            GLUCOSE,
            (number("0.1"), number("150")),
            (
                Usual(MMOL, number("3.9"), number("11.0"), MSD_ADA),
                Usual(MG_DL, number("70"), number("199"), MSD_ADA),
            ),
            CRITICAL_GLUCOSE,
        ),
        Analyte(
            "hba1c",
            lazy("HbA1c"),
            "4548-4",
            "%",
            (Unit("mmol/mol", "mmol/mol"), Unit("%", "%", 1 / number("0.09148"), number("2.152"), NGSP)),
            (number("1"), number("250")),
            (Usual("mmol/mol", None, number("38"), ADA), Usual("%", None, number("5.6"), ADA)),
        ),
        Analyte(
            "creatinine",
            lazy("Creatinine, serum"),
            "2160-0",
            MG_DL,
            (Unit("µmol/L", "umol/L"), Unit(MG_DL, "mg/dL", number("88.4"), source=FACTORS)),
            (number("4"), number("5000")),
            (Usual("µmol/L", number("53"), number("106"), MSD), Usual(MG_DL, number("0.6"), number("1.2"), MSD)),
            Critical(MG_DL, None, number("5.0")),
        ),
        Analyte(
            "cholesterol_total",
            lazy("Cholesterol, total"),
            "2093-3",
            MG_DL,
            CHOLESTEROL,
            (number("0.2"), number("60")),
            (Usual(MMOL, None, number("5.1"), ATP3), Usual(MG_DL, None, number("199"), ATP3)),
        ),
        Analyte(
            "cholesterol_ldl",
            lazy("LDL cholesterol"),
            "13457-7",
            MG_DL,
            CHOLESTEROL,
            (number("0.05"), number("50")),
            # Below "borderline high", which begins at 130 mg/dL (3.4 mmol/L).
            (Usual(MMOL, None, number("3.3"), ATP3), Usual(MG_DL, None, number("129"), ATP3)),
        ),
        Analyte(
            "cholesterol_hdl",
            lazy("HDL cholesterol"),
            "2085-9",
            MG_DL,
            CHOLESTEROL,
            (number("0.03"), number("10")),
            (Usual(MMOL, number("1.0"), None, ATP3), Usual(MG_DL, number("40"), None, ATP3)),
        ),
        Analyte(
            "triglycerides",
            lazy("Triglycerides"),
            "2571-8",
            MG_DL,
            TRIGLYCERIDES,
            (number("0.05"), number("200")),
            (Usual(MMOL, None, number("1.6"), ATP3), Usual(MG_DL, None, number("149"), ATP3)),
        ),
        Analyte(
            "haemoglobin",
            lazy("Haemoglobin"),
            "718-7",
            "g/dL",
            (Unit("g/L", "g/L"), Unit("g/dL", "g/dL", number("10"), source=DECIMAL)),
            (number("5"), number("300")),
            (
                Usual("g/L", number("140"), number("175"), BLOOD_COUNT, "male"),
                Usual("g/dL", number("14"), number("17.5"), BLOOD_COUNT, "male"),
                Usual("g/L", number("123"), number("153"), BLOOD_COUNT, "female"),
                Usual("g/dL", number("12.3"), number("15.3"), BLOOD_COUNT, "female"),
            ),
            Critical("g/dL", number("7"), number("20")),
        ),
        Analyte(
            "white_cells",
            lazy("White cell count"),
            "6690-2",
            "×10³/µL",
            CELLS,
            (number("0"), number("2000")),
            (Usual(PER_LITRE, number("4.5"), number("11.0"), BLOOD_COUNT),),
            Critical(PER_LITRE, number("2.5"), number("30")),
        ),
        Analyte(
            "platelets",
            lazy("Platelet count"),
            "777-3",
            "×10³/µL",
            CELLS,
            (number("0"), number("10000")),
            (Usual(PER_LITRE, number("150"), number("450"), BLOOD_COUNT),),
            Critical(PER_LITRE, number("50"), number("1000")),
        ),
    )
}


class Typed(NamedTuple):
    """A value as it is on the paper: of the analyte `code`, in `unit`, with the range that the laboratory printed."""

    code: str
    value: Decimal
    unit: str
    low: Decimal | None = None
    high: Decimal | None = None


class Measured(NamedTuple):
    """A `value` in the stored unit, as it was `typed` in `unit` with the range in that unit, and what was found: `flag`
    is "normal", "low" or "high", or "" where no range is known; `range_source` says whose range it is, empty for none,
    "laboratory" for the printed one."""

    code: str
    value: Decimal
    typed: Decimal
    unit: str
    low: Decimal | None
    high: Decimal | None
    range_source: str
    flag: str
    is_critical: bool


LABORATORY = "laboratory"


def choices() -> Iterator[tuple[str, str]]:
    """Each analyte with each of its units, as "code|unit" and a label."""
    for one in ANALYTES.values():
        for unit in one.units:
            yield f"{one.code}|{unit.name}", f"{one.label} ({unit.name})"


def to_stored(analyte: Analyte, value: Decimal, unit: str) -> Decimal:
    """A value in `unit` in the stored unit."""
    known = analyte.unit(unit)
    return ((value - known.offset) * known.factor).quantize(PLACES)


def in_unit(analyte: Analyte, value: Decimal, unit: str) -> Decimal:
    """A stored value in `unit`."""
    known = analyte.unit(unit)
    return (value / known.factor + known.offset).quantize(PLACES)


def measured(typed: Typed, *, sex: str, born: date | None, day: date) -> Measured:
    """What a typed value says of somebody of this `sex` who was `born` then, on that `day`. Raises Invalid (422) for an
    unknown analyte or unit, an impossible value, and a range whose ends are the wrong way round."""
    analyte = ANALYTES.get(typed.code)
    if analyte is None:
        raise Invalid(_("Unknown laboratory value."), field="values")
    value = _possible(analyte, typed)
    if typed.low is not None and typed.high is not None and typed.low > typed.high:
        raise Invalid(
            _("%(analyte)s: the lower end of the range is above the upper end.") % {"analyte": analyte.label},
            field="values",
        )
    low, high, source = _range(analyte, typed, sex, born, day)
    return Measured(
        code=typed.code,
        value=value,
        typed=typed.value,
        unit=typed.unit,
        low=low,
        high=high,
        range_source=source,
        flag=_flag(typed.value, low, high) if source else "",
        is_critical=_is_critical(analyte, typed),
    )


def _possible(analyte: Analyte, typed: Typed) -> Decimal:
    unit = analyte.unit(typed.unit)
    if not typed.value.is_finite():
        raise Invalid(_("Enter a number."), field="values")
    least, most = analyte.possible
    # Compared before rounding to the stored places, so that no number is too long to be rounded.
    value = (typed.value - unit.offset) * unit.factor
    if not least <= value <= most:
        raise Invalid(
            _("%(analyte)s must be from %(least)s to %(most)s %(unit)s: check the number and its unit.")
            % {
                "analyte": analyte.label,
                "least": shown(in_unit(analyte, least, typed.unit)),
                "most": shown(in_unit(analyte, most, typed.unit)),
                "unit": typed.unit,
            },
            field="values",
        )
    return value.quantize(PLACES)


def _range(
    analyte: Analyte, typed: Typed, sex: str, born: date | None, day: date
) -> tuple[Decimal | None, Decimal | None, str]:
    """The range in the typed unit: the printed one, else the default of adults, with its source."""
    if typed.low is not None or typed.high is not None:
        return typed.low, typed.high, LABORATORY
    age = whole_years(born, day)
    if age is None or age < ADULT:
        return None, None, ""
    fitting = [one for one in analyte.usual if one.sex in ("", sex)]
    same = next((one for one in fitting if one.unit == typed.unit), None)
    found = same or next(iter(fitting), None)
    if found is None:
        return None, None, ""
    ends = [
        end if end is None or same else in_unit(analyte, to_stored(analyte, end, found.unit), typed.unit).normalize()
        for end in (found.lowest, found.highest)
    ]
    return ends[0], ends[1], found.source


def _flag(value: Decimal, low: Decimal | None, high: Decimal | None) -> str:
    if low is not None and value < low:
        return "low"
    return "high" if high is not None and value > high else "normal"


def _is_critical(analyte: Analyte, typed: Typed) -> bool:
    limit = analyte.critical
    if limit is None:
        return False
    value = typed.value
    if typed.unit != limit.unit:
        unit = analyte.unit(typed.unit)
        value = in_unit(analyte, (value - unit.offset) * unit.factor, limit.unit)
    return (limit.low is not None and value <= limit.low) or (limit.high is not None and value >= limit.high)


def shown(value: Decimal) -> str:
    """A number without zeros at its end."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def rounded(value: Decimal) -> str:
    """A converted number with three digits that count, or all before the point."""
    places = Decimal("0.01") if value < 10 else Decimal("0.1") if value < 100 else Decimal(1)
    return shown(value.quantize(places))


def shown_range(low: Decimal | None, high: Decimal | None) -> str:
    """A range, such as 70–99, ≥ 40 or ≤ 5.1; empty for none."""
    if low is not None and high is not None:
        return f"{shown(low)}–{shown(high)}"
    if low is not None:
        return f"≥ {shown(low)}"
    return "" if high is None else f"≤ {shown(high)}"


def by_loinc() -> Mapping[str, Analyte]:
    """LOINC code → analyte."""
    return {one.loinc: one for one in ANALYTES.values()}
