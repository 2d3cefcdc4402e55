"""Instructions for the patient, composed from the dose, the meal and the duration of a medicine, in their language."""

import re

from django.utils.translation import get_language, ngettext, override
from django.utils.translation import gettext as _

from shs.core.digits import bangla_digits
from shs.notices.letters import language_of
from shs.prescription.models import PrescriptionLine
from shs.prescription.models.dosing import MEASURED, MOST_DAYS, TIMES, Dose, Meal, Part, Unit, shown
from shs.users.models import User

LONGEST = 255
"""Characters of the instructions of a line."""
PIECES = {"½টি": "অর্ধেক", "১½টি": "দেড়টি", "২½টি": "আড়াইটি", "¼টি": "চার ভাগের এক ভাগ", "¾টি": "চার ভাগের তিন ভাগ"}
"""Parts of a piece as they are said in Bangla; `১½টি` is looked for before `½টি`."""


def compose(dose: Dose, *, meal: str = "", days: int | None = None, is_continued: bool = False, language: str) -> str:
    """A sentence such as "1 tablet in the morning and at night, after meals, for 7 days."; "" without a dose. What is
    too long for the field leaves out the meal, then ends early."""
    if not dose:
        return ""
    with override(language):
        length = "" if "steps" in dose else _length(days, is_continued)
        after = str(Meal(meal).label) if meal else ""
        how = _steps(dose) if "steps" in dose else _part(dose, str(dose.get("unit", "")))
        for parts in ((how, after, length), (how, length)):
            text = _spoken(_("%(parts)s.") % {"parts": _(", ").join(part for part in parts if part)})
            if len(text) <= LONGEST:
                return text
    return f"{text[: LONGEST - 1]}…"


def composed(line: PrescriptionLine, patient: User) -> str:
    """The instructions of a line in the language of its patient."""
    return compose(
        line.dose,
        meal=line.meal,
        days=line.duration_days,
        is_continued=line.is_continued,
        language=language_of(patient),
    )


def _spoken(text: str) -> str:
    """In Bangla with its digits, and with the words for parts of a piece."""
    if get_language() != "bn":
        return text
    text = bangla_digits(text)
    for sign in sorted(PIECES, key=len, reverse=True):
        text = re.sub(rf"(?<![০-৯]){sign}", PIECES[sign], text)
    return text.replace("।.", "।").replace(".।", "।")


def _length(days: int | None, is_continued: bool) -> str:
    if is_continued or days == MOST_DAYS:
        return _("to be continued")
    return ngettext("for %(days)s day", "for %(days)s days", days) % {"days": days} if days else ""


def _steps(dose: Dose) -> str:
    unit = str(dose.get("unit", ""))
    steps = [f"{_part(step, unit)} {_length(step['days'] or None, not step['days'])}" for step in dose["steps"]]
    return _(", then ").join(steps)


def _part(part: Part, unit: str) -> str:
    """How much and when."""
    if "amounts" in part:
        text = _by_times(part["amounts"], unit)
    else:
        text = _amount(part["amount"], unit)
        if "every_hours" in part:
            text = _("%(amount)s %(when)s") % {"amount": text, "when": _interval(part["every_hours"])}
        elif part.get("once"):
            text = _("%(amount)s %(when)s") % {"amount": text, "when": _("once")}
    if reason := part.get("as_needed"):
        text = _("%(dose)s, only when needed for: %(reason)s") % {"dose": text, "reason": reason}
    return text


def _by_times(amounts: list[float], unit: str) -> str:
    names = {
        "morning": _("in the morning"),
        "noon": _("at noon"),
        "evening": _("in the evening"),
        "night": _("at night"),
    }
    taken = [(names[at], amount) for at, amount in zip(TIMES[len(amounts)], amounts, strict=True) if amount]
    if len({amount for _at, amount in taken}) == 1:
        return _("%(amount)s %(when)s") % {"amount": _amount(taken[0][1], unit), "when": _all(at for at, _n in taken)}
    return _all(_("%(amount)s %(when)s") % {"amount": _amount(amount, unit), "when": at} for at, amount in taken)


def _all(parts: "object") -> str:
    """The parts as a list in words."""
    *first, last = list(parts)  # type: ignore[call-overload]
    return _("%(first)s and %(last)s") % {"first": ", ".join(first), "last": last} if first else last


def _interval(hours: int) -> str:
    if hours == 24:
        return _("once a day")
    if hours == 168:
        return _("once a week")
    if hours >= 48 and hours % 24 == 0:
        return _("every %(number)s days") % {"number": hours // 24}
    if hours == 1:
        return _("every hour")
    return _("every %(number)s hours") % {"number": hours}


def _amount(amount: float, unit: str) -> str:
    """An amount with its unit: ½ tablet, 2 tablets, 2.5 ml."""
    number = f"{amount:g}" if unit in MEASURED else shown(amount)
    count = 1 if amount <= 1 else 2
    words = {
        "": ngettext("%(n)s", "%(n)s", count),
        Unit.TABLET: ngettext("%(n)s tablet", "%(n)s tablets", count),
        Unit.CAPSULE: ngettext("%(n)s capsule", "%(n)s capsules", count),
        Unit.ML: _("%(n)s ml"),
        Unit.SPOON: ngettext("%(n)s spoon", "%(n)s spoons", count),
        Unit.DROP: ngettext("%(n)s drop", "%(n)s drops", count),
        Unit.PUFF: ngettext("%(n)s puff", "%(n)s puffs", count),
        Unit.UNIT: ngettext("%(n)s unit", "%(n)s units", count),
        Unit.SACHET: ngettext("%(n)s sachet", "%(n)s sachets", count),
        Unit.SUPPOSITORY: ngettext("%(n)s suppository", "%(n)s suppositories", count),
        Unit.INJECTION: ngettext("%(n)s injection", "%(n)s injections", count),
    }
    return words[unit] % {"n": number}
