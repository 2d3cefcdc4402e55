"""The one parser of directions, for forms, API and imports: `1+0+1`, "every 8 h", "as needed for fever", with meal and
duration in the same text, in English or Bangla. Whatever it does not understand, it refuses with a sentence."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from shs.core.digits import latin_digits
from shs.prescription.models.dosing import (
    LIQUID,
    LONGEST,
    LONGEST_HOURS,
    MOST_DAYS,
    MOST_STEPS,
    TIMES,
    Directions,
    Dose,
    Meal,
    Stage,
    Unit,
    unit_of,
    validate_dose,
    words_of,
)

# --- Words -----------------------------------------------------------------------------------------------------------


def _plain(text: str) -> str:
    """`text` with Latin digits, in lower case, with single spaces."""
    text = unicodedata.normalize("NFC", text).casefold()
    return " ".join(latin_digits(text).split())


def _any(*words: str) -> str:
    found = sorted((unicodedata.normalize("NFC", word) for word in words), key=len, reverse=True)
    return "(?:" + "|".join(found) + ")"


END = r"(?![\w\u0980-\u09ff])"
FOOD = r"(?: (?:a |the |each )?(?:meals?|food|eating))?"
MEALS = {
    Meal.BEFORE: re.compile(r"(?<!\w)(?:before" + FOOD + "|" + _any("খাবার আগে", "খাবারের আগে", "খাওয়ার আগে") + ")" + END),
    Meal.AFTER: re.compile(r"(?<!\w)(?:after" + FOOD + "|" + _any("খাবার পরে", "খাবারের পরে", "খাওয়ার পরে") + ")" + END),
    Meal.WITH: re.compile(r"(?<!\w)(?:with" + FOOD + "|" + _any("খাবারের সাথে", "খাবার সাথে") + ")" + END),
}
DAYS = {
    1: _any("d", "days?", "দিন"),
    7: _any("w", "wks?", "weeks?", "সপ্তাহ"),
    30: _any("mo", "months?", "মাস"),
    365: _any("y", "years?", "বছর"),
}
LENGTH = r"(\d{1,4}) ?(" + "|".join(DAYS.values()) + ")" + END
DURATION = re.compile(r"(?:for )?(?<![\w./])" + LENGTH)
CONTINUED = re.compile(r"(?<!\w)" + _any("continued?", "cont\\.?", "ongoing", "চলবে") + END)
HOURS = {
    1: _any("h", "hrs?", "hours?", "hourly", "ঘণ্টা", "ঘন্টা"),
    24: _any("d", "days?", "daily", "দিন"),
    168: _any("weeks?", "weekly", "সপ্তাহ"),
    720: _any("months?", "monthly", "মাস"),
}
EVERY = re.compile(
    r"(?<!\w)(?:every|each|q|"
    + _any("প্রতি")
    + r") ?(\d{0,3}) ?("
    + "|".join(HOURS.values())
    + ")"
    + END
    + r"(?: পরপর)?"
)
HOURLY = re.compile(r"(?<![\w./])(\d{1,3}) ?(?:hourly|(?:ঘণ্টা|ঘন্টা) পরপর)" + END)
NAMED = (
    (re.compile(r"(?:every other day|alternate days?|on alternate days?)" + END), 48),
    (re.compile(r"(?:once (?:a|each|every) day|once daily|daily|a day)" + END), 24),
    (re.compile(r"(?:once (?:a|each|every) week|once weekly|weekly|a week)" + END), 168),
    (re.compile(r"(?:once (?:a|each|every) month|once monthly|monthly)" + END), 720),
)
A_DAY = (
    (re.compile(r"(?:twice|two times|2 times|2x) (?:a day|daily)" + END), (1, 0, 1)),
    (re.compile(r"(?:three times|3 times|3x) (?:a day|daily)" + END), (1, 1, 1)),
    (re.compile(r"(?:four times|4 times|4x) (?:a day|daily)" + END), (1, 1, 1, 1)),
)
ONCE = re.compile(r"(?<!\w)(?:once|stat|" + _any("একবার") + ")" + END)
NEEDED = re.compile(r"(?<!\w)(?:as needed|if needed|when needed|as required|prn|sos|" + _any("প্রয়োজনে") + ")" + END)
REASON = re.compile(r"^[ ,:;]*(?:for|if|:)?[ ,:;]*")
THEN = re.compile(r" ?(?:,? then|>|→|" + _any("তারপর", "এরপর") + ") ?")
FRACTIONS = {"½": ".5", "¼": ".25", "¾": ".75", "1/2": ".5", "1/4": ".25", "3/4": ".75"}
NUMBER = r"(?:\d{1,3}(?:\.\d{1,2})?(?: ?[½¼¾]| [13]/[24])?|[½¼¾]|[13]/[24])"
UNITS = {
    Unit.TABLET: _any("tablets?", "tabs?", "ট্যাবলেট"),
    Unit.CAPSULE: _any("capsules?", "caps?", "ক্যাপসুল"),
    Unit.ML: _any("ml", "মিলি", "মিলিলিটার"),
    Unit.SPOON: _any("spoons?", "teaspoons?", "tsp", "চামচ"),
    Unit.DROP: _any("drops?", "ফোঁটা"),
    Unit.PUFF: _any("puffs?", "চাপ"),
    Unit.UNIT: _any("units?", "iu", "ইউনিট"),
    Unit.SACHET: _any("sachets?", "স্যাশে"),
    Unit.SUPPOSITORY: _any("suppositor(?:y|ies)", "supp", "সাপোজিটরি"),
    Unit.INJECTION: _any("injections?", "inj", "ইনজেকশন"),
}
UNIT = {unit: re.compile(rf"(?<![^\W\d]){words}{END}") for unit, words in UNITS.items()}
PATTERN = re.compile(rf"{NUMBER}(?: ?[+-] ?{NUMBER})+")
AMOUNT = re.compile(NUMBER)

# --- Reading ---------------------------------------------------------------------------------------------------------


def read_directions(text: str, *, form: str = "") -> Directions:
    """What `text` says of a medicine of this `form`: a dose, and in any order a meal and a duration. Raises
    ValidationError with a sentence."""
    if len(text) > LONGEST:
        raise ValidationError(_("Directions have at most %(most)s characters."), params={"most": LONGEST})
    rest = _plain(text)
    rest, meal = _cut_meal(rest)
    parts = THEN.split(rest)
    if len(parts) > 1:
        return _taper(parts, meal, form)
    dose, days, is_continued = _read_part(rest)
    if not dose:
        return Directions({}, meal, days, is_continued)
    _give_unit(dose, form)
    dose["words"] = words_of(dose)
    return Directions(dose, meal, days, is_continued)


def read_duration(text: str) -> tuple[int | None, bool]:
    """Days and whether it goes on and on, of `7d`, "2 weeks", "1 month", "continue" or a number of days. Raises
    ValidationError."""
    plain = _plain(text)
    if plain.isdigit():
        plain = f"{plain} d"
    rest, days, is_continued = _cut_duration(plain)
    if rest or not (days or is_continued):
        raise ValidationError(_("How long is not clear. Write 7d, 2 weeks, 1 month or continue."))
    return days, is_continued


def read_wait(text: str) -> int:
    """In how many days somebody comes again, of "in 7 days", `2w` or a number. Raises ValidationError."""
    days, is_continued = read_duration(_plain(text).removeprefix("in ").removeprefix("after "))
    if is_continued or days is None:
        raise ValidationError(_("Write when, such as 7d, 2 weeks or 1 month."))
    return days


def _cut_meal(text: str) -> tuple[str, str]:
    found = [(meal, match) for meal, known in MEALS.items() for match in known.finditer(text)]
    if not found:
        return text, ""
    if len({meal for meal, _match in found}) > 1:
        raise ValidationError(_("It says two things about meals: before, with or after?"))
    meal, match = found[0]
    return _without(text, match), meal.value


def _cut_duration(text: str) -> tuple[str, int | None, bool]:
    """`text` without its duration, the days, and whether it goes on and on."""
    days: int | None = None
    found = list(DURATION.finditer(text))
    if len(found) > 1:
        raise ValidationError(_("It says two durations. Join different doses by “then”."))
    if found:
        word = found[0][2]
        days = int(found[0][1]) * next(length for length, known in DAYS.items() if re.fullmatch(known, word))
        if not 1 <= days <= MOST_DAYS:
            raise ValidationError(_("The duration is between 1 and %(most)s days."), params={"most": MOST_DAYS})
        text = _without(text, found[0])
    if goes_on := CONTINUED.search(text):
        if days:
            raise ValidationError(_("It says a duration and “continue”: which one?"))
        text = _without(text, goes_on)
    return text, days, goes_on is not None


def _without(text: str, match: re.Match[str]) -> str:
    return " ".join(f"{text[: match.start()]} {text[match.end() :]}".split()).strip(" ,;.।")


def _read_part(text: str) -> tuple[Dose, int | None, bool]:
    """A dose with its duration."""
    dose: Dose = {}
    text = _cut_interval(text, dose)
    text, days, is_continued = _cut_duration(text)
    text = _cut_needed(text, dose)
    text = _cut_unit(text, dose)
    _read_amounts(text, dose)
    return dose, days, is_continued


def _cut_interval(text: str, dose: Dose) -> str:
    for known, amounts in A_DAY:
        if match := known.search(text):
            dose["amounts"] = [float(amount) for amount in amounts]
            return _without(text, match)
    for known, hours in NAMED:
        if match := known.search(text):
            dose["every_hours"] = hours
            return _without(text, match)
    match = EVERY.search(text) or HOURLY.search(text)
    if match:
        word = match[2] if match.re is EVERY else "h"
        each = next(hours for hours, known in HOURS.items() if re.fullmatch(known, word))
        hours = int(match[1] or 1) * each
        if not 1 <= hours <= LONGEST_HOURS:
            raise ValidationError(_("The interval is between 1 hour and 31 days."))
        dose["every_hours"] = hours
        return _without(text, match)
    if match := ONCE.search(text):
        dose["once"] = True
        return _without(text, match)
    return text


def _cut_needed(text: str, dose: Dose) -> str:
    match = NEEDED.search(text)
    if not match:
        return text
    reason = REASON.sub("", text[match.end() :]).strip(" ,;.।")
    if not reason:
        raise ValidationError(_("As needed for what? Write the reason, such as “as needed for fever”."))
    dose["as_needed"] = reason
    return text[: match.start()].strip(" ,;")


def _cut_unit(text: str, dose: Dose) -> str:
    found = {unit for unit, known in UNIT.items() if known.search(text)}
    if len(found) > 1:
        raise ValidationError(_("It says two units: which one is meant?"))
    for unit in found:
        dose["unit"] = unit.value
        text = " ".join(UNIT[unit].sub(" ", text).split())
    return text.replace("(s)", "").strip(" ,;")


def _read_amounts(text: str, dose: Dose) -> None:
    if PATTERN.fullmatch(text):
        if dose.keys() & {"amounts", "every_hours", "once"}:
            raise ValidationError(_("It says the times of the day and an interval: which one?"))
        amounts = [_number(part) for part in re.split(r" ?[+-] ?", text)]
        if len(amounts) not in TIMES:
            raise ValidationError(
                _("Write three or four amounts: 1+0+1 is morning and night, 1+1+1+1 also noon and evening.")
            )
        if not any(amounts):
            raise ValidationError(_("The amounts are all zero."))
        dose["amounts"] = amounts
    elif AMOUNT.fullmatch(text) or (not text and dose.keys() - {"unit"}):
        amount = _number(text) if text else 1.0
        if not amount:
            raise ValidationError(_("The amount is zero."))
        if "amounts" in dose:
            dose["amounts"] = [each * amount for each in dose["amounts"]]
        elif dose.keys() & {"every_hours", "once", "as_needed"}:
            dose["amount"] = amount
        else:
            raise ValidationError(_("How often? Write 1+0+1, “every 8 h” or “as needed for fever”."))
    elif text or "unit" in dose:
        raise ValidationError(
            _("“%(text)s” is not understood. Write 1+0+1, “1 every 8 h” or “1 as needed for fever”."),
            params={"text": text or dose.get("unit", "")},
        )


def _number(text: str) -> float:
    text = text.replace(" ", "") if "/" not in text else text
    for sign, value in FRACTIONS.items():
        if text.endswith(sign):
            whole = text.removesuffix(sign).strip()
            if "." in whole:
                raise ValidationError(_("“%(text)s” is not an amount."), params={"text": text})
            return float(f"{whole or 0}{value}")
    return float(text)


def _taper(parts: list[str], meal: str, form: str) -> Directions:
    """One dose after the other, each with its days; the last may go on and on."""
    if len(parts) > MOST_STEPS:
        raise ValidationError(_("At most %(most)s steps fit on a line."), params={"most": MOST_STEPS})
    steps: list[Stage] = []
    unit, is_continued = "", False
    for at, text in enumerate(parts):
        dose, days, goes_on = _read_part(text)
        is_last = at == len(parts) - 1
        if not dose or "as_needed" in dose or not (days or (goes_on and is_last)):
            raise ValidationError(_("Each step has a dose and its days: “2+0+0 5d then 1+0+0 5d”."))
        unit, is_continued = unit or str(dose.get("unit", "")), goes_on
        dose.pop("unit", None)
        steps.append({**dose, "days": days or 0})  # type: ignore[typeddict-unknown-key]  # no words
    whole: Dose = {"steps": steps, **({"unit": unit} if unit else {})}
    _give_unit(whole, form)
    whole["words"] = words_of(whole)
    days_of_all = sum(step["days"] for step in steps)
    if days_of_all > MOST_DAYS:
        raise ValidationError(_("The duration is between 1 and %(most)s days."), params={"most": MOST_DAYS})
    return Directions(whole, meal, None if is_continued else days_of_all, is_continued)


def _give_unit(dose: Dose, form: str) -> None:
    """The unit of the form where none was written, and the limits of the amounts."""
    if "unit" not in dose:
        if any(word in form.lower() for word in LIQUID):
            raise ValidationError(_("Of a liquid, write the unit: “5+0+5 ml” or “1+0+1 spoon”."))
        if unit := unit_of(form):
            dose["unit"] = unit
    validate_dose(dose)


def validate_directions(text: str) -> None:
    """The rule of directions that are kept as text, in favourites and sets: empty, or a dose that is understood."""
    if text and not read_directions(text).dose:
        raise ValidationError(_("How much, and how often? Write 1+0+1, “1 every 8 h” or “1 as needed for fever”."))
