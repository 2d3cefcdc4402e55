"""Early warning scores: NEWS2 for adults, the Bedside PEWS for children. The points are in `reference/scores.toml`.

A score with a part that was not recorded has no total: nothing that was not looked at counts as normal."""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from shs.core.labels import Label
from shs.medical_record.observed import LABELS
from shs.medical_record.ranges import Source, Table, numbers, rows, table_of, tables
from shs.medical_record.vital_signs import SIGNS
from shs.medical_record.whose import GROWN_MONTHS, Whose

Values = Mapping[str, float]
Seen = Mapping[str, object]


class Part(NamedTuple):
    """One part of a score; `points` is None if it was not recorded."""

    name: str
    label: Label
    points: int | None


class Score(NamedTuple):
    """A score with its parts; `total` is None while a part is missing, `least` counts what is known. `risk` is "low",
    "low_medium", "medium" or "high" of NEWS2, "low" or "high" of PEWS; empty if it is not known."""

    name: str
    total: int | None
    least: int
    most: int
    parts: list[Part]
    risk: str
    source: Source

    @property
    def missing(self) -> list[Label]:
        """The parts that were not recorded."""
        return [part.label for part in self.parts if part.points is None]

    @property
    def risk_words(self) -> Label:
        """The risk for people."""
        return RISKS.get(self.risk, _("not known: some components are missing"))

    @property
    def tone(self) -> str:
        """How it is coloured, as labels are."""
        return {"high": "danger", "medium": "warning", "low_medium": "warning"}.get(self.risk, "")

    @property
    def is_alarming(self) -> bool:
        """Whether somebody has to look at once."""
        return self.risk == "high"


RISKS: dict[str, Label] = {
    "low": _("low"),
    "low_medium": _("low to medium: a single component scores 3"),
    "medium": _("medium"),
    "high": _("high"),
}


def score_of(values: Values | None, *, whose: Whose, observed: Seen | None = None) -> Score | None:
    """The score that is made for this person: NEWS2 from 16 years, but not in pregnancy, and the Bedside PEWS for
    children. None if there is none, if the age is not known, or if nothing of it was measured."""
    if not values or whose.months is None or not (set(values) & SCORED):
        return None
    if whose.months >= GROWN_MONTHS:
        return None if whose.is_pregnant else _news2(values, observed or {})
    return _pews(values, observed or {}, whose.months)


SCORED = {"temperature_c", "pulse_bpm", "systolic_mmhg", "respiratory_rate", "spo2_percent"}


@cache
def rules(name: str) -> Table:
    """The table `name` of scores.toml."""
    return table_of(tables("scores")[name])


def whole(rule: Table, name: str) -> int:
    """A whole number of a table."""
    return int(str(rule[name]))


def points(lines: object, value: float) -> int:
    """The points of a value: those of the first line [points, from, to] that holds it."""
    if not isinstance(lines, list):
        raise TypeError("points are a list of lines.")
    for line in lines:
        given, low, high = numbers(line)
        if low <= value <= high:
            return int(given)
    return 0


def _of_sign(name: str, values: Values, lines: object) -> Part:
    sign = SIGNS[name]
    value = values.get(name)
    return Part(name, sign.label, None if value is None else points(lines, sign.rounded(value)))


def _made(name: str, rule: Table, most: int, parts: list[Part], risk: str, *, sure: str) -> Score:
    known = [part.points for part in parts if part.points is not None]
    is_whole = len(known) == len(parts)
    source = Source(str(rule["source"]), whole(rule, "year"))
    return Score(name, sum(known) if is_whole else None, sum(known), most, parts, risk if is_whole else sure, source)


def _news2(values: Values, seen: Seen) -> Score:
    rule = rules("news2")
    table = table_of(rule["points"])
    oxygen, mind = seen.get("oxygen"), seen.get("consciousness")
    scale = "spo2_percent"
    if seen.get("spo2_scale") == "2":
        scale = "spo2_scale_2_air" if oxygen == "air" else "spo2_scale_2_oxygen"
    parts = [
        _of_sign("respiratory_rate", values, table["respiratory_rate"]),
        _of_sign("spo2_percent", values, table[scale]),
        Part("oxygen", LABELS["oxygen"], None if not oxygen else 0 if oxygen == "air" else whole(rule, "oxygen")),
        _of_sign("systolic_mmhg", values, table["systolic_mmhg"]),
        _of_sign("pulse_bpm", values, table["pulse_bpm"]),
        Part("consciousness", LABELS["consciousness"], _mind(mind, whole(rule, "not_alert"))),
        _of_sign("temperature_c", values, table["temperature_c"]),
    ]
    known = [part.points or 0 for part in parts]
    high, medium = sum(known) >= whole(rule, "high"), sum(known) >= whole(rule, "medium")
    is_red = max(known) >= whole(rule, "red")
    risk = "high" if high else "medium" if medium else "low_medium" if is_red else "low"
    return _made("NEWS2", rule, 20, parts, risk, sure="" if risk == "low" else risk)


def _mind(mind: object, not_alert: int) -> int | None:
    if not mind:
        return None
    return 0 if mind == "alert" else not_alert


def _pews(values: Values, seen: Seen, months: int) -> Score:
    rule = rules("pews")
    (table,) = [row for row in rows(rule, "age") if numbers(row["months"])[0] <= months < numbers(row["months"])[1]]
    refill, slow = seen.get("capillary_refill"), whole(rule, "slow_refill")
    parts = [
        _of_sign("pulse_bpm", values, table["pulse_bpm"]),
        _of_sign("systolic_mmhg", values, table["systolic_mmhg"]),
        Part("capillary_refill", LABELS["capillary_refill"], None if not refill else slow if refill == "slow" else 0),
        _of_sign("respiratory_rate", values, table["respiratory_rate"]),
        _chosen("respiratory_effort", seen, table_of(rule["respiratory_effort"])),
        _of_sign("spo2_percent", values, table_of(rule["spo2"])["points"]),
        _chosen("oxygen", seen, table_of(rule["oxygen"])),
    ]
    is_high = sum(part.points or 0 for part in parts) >= whole(rule, "high")
    return _made("Bedside PEWS", rule, 26, parts, "high" if is_high else "low", sure="high" if is_high else "")


def _chosen(name: str, seen: Seen, given: Table) -> Part:
    value = seen.get(name)
    return Part(name, LABELS[name], whole(given, str(value)) if value in given else None)
