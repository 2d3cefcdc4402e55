"""How a medicine is taken, as it is stored: amounts for each time of the day, an interval, or as needed; the rule of a
dose, and how it is written. The parser of what doctors type is in directions.py."""

from collections.abc import Mapping
from typing import NamedTuple, NotRequired, TypedDict

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

MOST_DAYS = 730
MOST_AT_ONCE, MOST_MEASURED = 10, 300
"""The most that is taken at once: in pieces, such as tablets, and of what is measured, such as ml and units."""
MOST_STEPS = 6
LONGEST = 200
LONGEST_HOURS = 24 * 31


class Meal(models.TextChoices):
    """When it is taken, seen from the meal."""

    BEFORE = "before", gettext_lazy("before meals")
    WITH = "with", gettext_lazy("with meals")
    AFTER = "after", gettext_lazy("after meals")


class Unit(models.TextChoices):
    """What an amount counts or measures."""

    TABLET = "tablet", gettext_lazy("tablet")
    CAPSULE = "capsule", gettext_lazy("capsule")
    ML = "ml", gettext_lazy("ml")
    SPOON = "spoon", gettext_lazy("spoon")
    DROP = "drop", gettext_lazy("drop")
    PUFF = "puff", gettext_lazy("puff")
    UNIT = "unit", gettext_lazy("unit")
    SACHET = "sachet", gettext_lazy("sachet")
    SUPPOSITORY = "suppository", gettext_lazy("suppository")
    INJECTION = "injection", gettext_lazy("injection")


MEASURED = (Unit.ML, Unit.UNIT, Unit.DROP)
TIMES = {3: ("morning", "noon", "night"), 4: ("morning", "noon", "evening", "night")}
"""Number of amounts in a pattern → at which times of the day they are taken."""


class Part(TypedDict, total=False):
    """Amounts for each time of the day (three or four of TIMES), or one `amount` each `every_hours`, only `as_needed`
    (the reason), or `once`."""

    amounts: list[float]
    amount: float
    every_hours: int
    once: bool
    as_needed: str


class Stage(Part):
    """A step of a taper."""

    days: int


class Dose(Part):
    """How much and how often; `words`: as it was written, in one spelling; `unit` is one of Unit; `steps` instead of
    the amounts: one dose after the other."""

    words: NotRequired[str]
    unit: NotRequired[str]
    steps: NotRequired[list[Stage]]


class Directions(NamedTuple):
    """What a text says: `dose` (empty: nothing), `meal` (a Meal or ""), `days` (None: not said), and whether it is
    taken on and on."""

    dose: Dose
    meal: str = ""
    days: int | None = None
    is_continued: bool = False


UNIT_OF_FORM = {
    "tablet": Unit.TABLET,
    "capsule": Unit.CAPSULE,
    "suppository": Unit.SUPPOSITORY,
    "drops": Unit.DROP,
    "inhaler": Unit.PUFF,
    "inhalation": Unit.PUFF,
    "sachet": Unit.SACHET,
}
LIQUID = ("oral liquid", "syrup", "suspension", "oral solution", "elixir")
"""Forms of which an amount without a unit says nothing."""


def unit_of(form: str) -> str:
    """The unit of a form of the catalogue that is counted in pieces, or ""."""
    return next((unit.value for word, unit in UNIT_OF_FORM.items() if word in form.lower()), "")


# --- The rule --------------------------------------------------------------------------------------------------------


def validate_dose(value: object) -> None:
    """The rule of a stored dose: what `read_directions` can have made. Raises ValidationError."""
    if not isinstance(value, Mapping) or value.keys() - Dose.__annotations__.keys():
        raise ValidationError(_("This is not a dose."))
    if not value:
        return
    unit = value.get("unit", "")
    if unit not in {"", *Unit.values}:
        raise ValidationError(_("This is not a dose."))
    steps = value.get("steps")
    parts = steps if isinstance(steps, list) else [value]
    if steps is not None and (not isinstance(steps, list) or not 2 <= len(steps) <= MOST_STEPS):
        raise ValidationError(_("This is not a dose."))
    for part in parts:
        if not isinstance(part, Mapping):
            raise ValidationError(_("This is not a dose."))
        _validate_amounts(part, str(unit))


def _validate_amounts(part: Mapping[str, object], unit: str) -> None:
    amounts = part["amounts"] if "amounts" in part else [part.get("amount")]
    if not isinstance(amounts, list) or ("amounts" in part and len(amounts) not in TIMES):
        raise ValidationError(_("This is not a dose."))
    if "amounts" not in part and not part.keys() & {"every_hours", "once", "as_needed"}:
        raise ValidationError(_("This is not a dose."))
    is_measured = unit in MEASURED
    most = MOST_MEASURED if is_measured else MOST_AT_ONCE
    for amount in amounts:
        if isinstance(amount, bool) or not isinstance(amount, int | float) or not amount >= 0:
            raise ValidationError(_("This is not a dose."))
        if amount > most:
            raise ValidationError(
                _("%(amount)s at once is too much: at most %(most)s."), params={"amount": shown(amount), "most": most}
            )
        if not is_measured and (amount * 4) % 1:
            raise ValidationError(
                _("%(amount)s is not an amount that can be taken: halves and quarters only."),
                params={"amount": shown(amount)},
            )
    if not any(amounts):
        raise ValidationError(_("The amounts are all zero."))


# --- Writing ---------------------------------------------------------------------------------------------------------

SIGNS = {0.25: "¼", 0.5: "½", 0.75: "¾"}


def shown(amount: float) -> str:
    """An amount as it is written: ½, 1½, 2.5 (of what is measured, decimals come from `measured`)."""
    whole, rest = int(amount), amount - int(amount)
    if rest in SIGNS:
        return f"{whole or ''}{SIGNS[rest]}"
    return f"{amount:g}"


def _written(part: Part, unit: str) -> str:
    number = (lambda amount: f"{amount:g}") if unit in MEASURED else shown
    words = "+".join(number(amount) for amount in part.get("amounts", [part.get("amount", 0)]))
    return f"{words} {unit}" if unit and unit not in (Unit.TABLET, Unit.CAPSULE) else words


def words_of(dose: Dose) -> str:
    """A dose in the spelling that `read_directions` reads again."""
    unit = str(dose.get("unit", ""))
    if "steps" in dose:
        return " then ".join(
            f"{_timed(step, unit)} {str(step['days']) + 'd' if step['days'] else 'continue'}" for step in dose["steps"]
        )
    return _timed(dose, unit)


def _timed(part: Part, unit: str) -> str:
    words = _written(part, unit)
    if "every_hours" in part:
        words += f" every {interval(part['every_hours'])}"
    if part.get("once"):
        words += " once"
    if part.get("as_needed"):
        words += f" as needed for {part['as_needed']}"
    return words


def interval(hours: int) -> str:
    """An interval as it is written: 8 h, 2 days."""
    if hours >= 48 and hours % 24 == 0:
        return f"{hours // 24} days"
    return f"{hours} h"


def directions_words(dose: Dose, meal: str, days: int | None, *, is_continued: bool) -> str:
    """All of it in one text that `read_directions` reads again; "" without a dose."""
    if not dose:
        return ""
    length = "" if "steps" in dose else "continue" if is_continued else f"{days}d" if days else ""
    needed = str(dose.get("as_needed", ""))
    words = words_of(dose)
    if needed:  # the reason stands last
        words = words.removesuffix(f" as needed for {needed}")
    tail = f"as needed for {needed}" if needed else ""
    return " ".join(part for part in (words, meal, length, tail) if part)


def dosage_of(dose: Dose) -> str:
    """How much a time, in a few words: "1 tablet"; for the fields that are free text."""
    if "steps" in dose:
        return "in steps"
    unit = str(dose.get("unit", ""))
    amounts = sorted({amount for amount in dose.get("amounts", [dose.get("amount", 0)]) if amount})
    number = "–".join(dict.fromkeys([shown(amounts[0]), shown(amounts[-1])]))
    plural = "" if amounts[-1] <= 1 or unit in ("", Unit.ML) else "ies" if unit == Unit.SUPPOSITORY else "s"
    return f"{number} {unit.removesuffix('y') if plural == 'ies' else unit}{plural}".strip()


def frequency_of(dose: Dose) -> str:
    """How often, in a few words: "1+0+1", "every 8 h"; at most 100 characters."""
    if "steps" in dose:
        words = words_of(dose)
        return words if len(words) <= 100 else f"{len(dose['steps'])} steps"
    words = _timed(dose, "")
    if "amounts" not in dose:
        words = words.split(" ", 1)[1]
    return words if len(words) <= 100 else f"{words[:99]}…"
