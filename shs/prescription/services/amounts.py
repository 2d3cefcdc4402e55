"""How much of a medicine a line comes to, once and a day: by its dose as a pattern, or else read from its texts: "500
mg", "1 tablet", "1+0+1", "every 8 hours". What cannot be read without doubt is told, not guessed."""

import re
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shs.core.digits import latin_digits
from shs.core.labels import Label
from shs.prescription.models.dosing import Dose, Part, Unit

MASS = {
    **dict.fromkeys(("g", "gm", "gram", "grams", "গ্রাম"), 1000.0),
    **dict.fromkeys(("mg", "মিগ্রা", "মি.গ্রা"), 1.0),
    **dict.fromkeys(("mcg", "ug", "µg", "μg", "microgram", "micrograms"), 0.001),
}
"""Unit → mg."""
NUMBER = r"\d+(?:\.\d+)?"
UNIT = "|".join(sorted(map(re.escape, MASS), key=len, reverse=True))
AMOUNT = re.compile(rf"({NUMBER})\s*({UNIT})(?![a-z])")
PER_ML = re.compile(rf"({NUMBER})\s*({UNIT})\s*/\s*({NUMBER})?\s*ml(?![a-z])")
VOLUME = re.compile(rf"({NUMBER})\s*(ml|cc|tsp|tsf|teaspoons?|tablespoons?|tbsp|চামচ)(?![a-z])")
ML = {
    **dict.fromkeys(("ml", "cc"), 1.0),
    **dict.fromkeys(("tsp", "tsf", "teaspoon", "teaspoons", "চামচ"), 5.0),
    **dict.fromkeys(("tbsp", "tablespoon", "tablespoons"), 15.0),
}
ML_OF: dict[str, float] = {Unit.ML: 1.0, Unit.SPOON: 5.0}
"""Unit of a dose as a pattern → mL."""
PIECE = r"tab(?:let)?s?|cap(?:sule)?s?|sachets?|vials?|amp(?:oule)?s?|pills?|ট্যাবলেট|ক্যাপসুল|টি|টা"
PIECES = re.compile(rf"({NUMBER})\s*(?:{PIECE})?\.?\s*$")
SOME_PIECES = re.compile(rf"({NUMBER})\s*(?:(?:{PIECE})\b|[x×])")
PATTERN = re.compile(rf"^{NUMBER}(?:(?:\s*\+\s*{NUMBER}){{1,5}}|(?:\s*-\s*{NUMBER}){{2,5}})")
RATE = re.compile(r"/\s*(?:kg|day|d|dose|কেজি)\b|\bper\s+(?:kg|day|dose)\b|\bdivided\b")
"""An amount for each kilogram or for the whole day: what is taken each time is not written."""
FRACTIONS = {"½": ".5", "¼": ".25", "¾": ".75"}
OTHER_WAYS = re.compile(
    r"\b(?:cream|ointment|gel|lotion|drops?|spray|inhal\w*|nebuli\w*|puffs?|patch|suppositor\w*|pessar\w*|vaginal|rectal|"
    r"eye|ear|nasal|topical|shampoo|mouthwash|iv fluid|infusion|সাপোজিটরি|ড্রপ|মলম|ইনহেলার)\b"
)
INJECTED = re.compile(r"\b(?:inj\w*|i\.?m\.?|i\.?v\.?|s\.?c\.?|subcutaneous|vials?|amp(?:oule)?s?|ইনজেকশন)(?:\b|$)")
UP_TO = rf"(?:(?:-|–|to|থেকে)\s*{NUMBER}\s*)?"
"""The end of "4 to 6": what is taken most often counts, so the first number."""
HOURS = tuple(
    map(
        re.compile,
        (
            rf"\b(?:every|q)\s*({NUMBER})\s*{UP_TO}(?:h|hrs?|hours?|hourly)\b",
            rf"\b({NUMBER})\s*{UP_TO}(?:-?\s*hourly|hrly|h$)",
            rf"({NUMBER})\s*{UP_TO}ঘ(?:ণ্|ন্)টা\s*(?:পর|অন্তর)",
        ),
    )
)
COUNTS = tuple(
    map(
        re.compile,
        (
            rf"\b({NUMBER})\s*x\s*(?:/|per|a)?\s*(?:day|daily|d)\b",
            rf"(?:×|\bx)\s*({NUMBER})",
            rf"\b({NUMBER})\s*(?:times?|doses?)\b",
            rf"({NUMBER})\s*বার",
        ),
    )
)
WEEK_HOURS = 7 * 24
SAID = {"one": "1", "two": "2", "three": "3", "four": "4", "half": "0.5", "একটি": "1", "দুটি": "2", "অর্ধেক": "0.5"}
COUNTED = rf"{PIECE}|tea|table|tsp|tsf|ml|চামচ"
SAID_BEFORE = re.compile(rf"(?<![\w\u0980-\u09ff])({'|'.join(SAID)})(?=\s+(?:an?\s+)?(?:{COUNTED}))")
"""A number in words before what it counts: "two tablets"."""
WORDS = {
    times: re.compile(rf"[^\w\u0980-\u09ff](?:{words})[^\w\u0980-\u09ff]")
    for times, words in {
        24: r"hourly|every hour",
        8: r"eight times",
        6: r"six times",
        5: r"five times",
        4: r"four times|qds|q\.d\.s\.?|qid|q\.i\.d\.?|চারবার",
        3: r"thrice|three times|tds|t\.d\.s\.?|tid|t\.i\.d\.?|তিনবার",
        2: r"twice|bd|b\.d\.?|bid|b\.i\.d\.?|morning and (?:evening|night)|দুইবার|দুবার",
        1: r"once|od|o\.d\.?|daily|every day|each day|every morning|every night|at night|at bedtime|hs|nocte|mane|stat|"
        r"single dose|প্রতিদিন|একবার|রোজ",
    }.items()
}
"""Times a day → how they are said; more often goes first, since "three times daily" is not "daily"."""
RARE = re.compile(r"\b(?:week(?:ly)?|month(?:ly)?|alternate|every other|every (?:second|2nd|third|3rd))\b|সপ্তাহ|মাসে")

WEEKLY = re.compile(r"\bweek(?:s|ly)?\b|সপ্তাহ")
MORE_A_WEEK = re.compile(
    r"(?<!every )\b(?:[2-7]|two|three|four|five|six|seven|twice|thrice)\b\s*(?:times|days|doses|x)?\s*"
    r"(?:an?|per|each|every|in a)?\s*week|সপ্তাহে\s*(?:[2-7]|দু|তিন|চার|পাঁচ|ছয়|সাত)"
)


class Amount(NamedTuple):
    """mg of each part of a medicine: once, and a day. `way`: "mouth", "injection" or "other". `is_open`: it is taken as
    needed, and nothing says how often at most: `day` is one dose then. `is_weekly`: at most once a week."""

    once: tuple[float, ...]
    day: tuple[float, ...]
    way: str
    is_open: bool = False
    is_weekly: bool = False


class Unread(NamedTuple):
    """Why an amount is not known, as a sentence's end."""

    because: Label


LOCAL = Unread(gettext_lazy("it is not taken by mouth or injected"))
"""A cream, drops, an inhaler and the like: it acts where it is applied."""


def daily_amount(name: str, dosage: str, frequency: str, strength: str = "") -> Amount | Unread:
    """What a line comes to. `name`, or else the `strength` of the catalogue, tells how much is in a piece, or in mL."""
    name, dosage, frequency, strength = (_plain(text) for text in (name, dosage, frequency, strength))
    way = _way(f"{name} {strength} {dosage} {frequency}")
    if way == "other":
        return LOCAL
    times = _times(frequency) or _times(dosage)
    if times is None:
        return Unread(_("how often it is taken cannot be read"))
    pattern = _pattern(frequency) or _pattern(dosage)
    once = _once(name if AMOUNT.search(name) else strength, _without_pattern(dosage), pattern)
    if isinstance(once, Unread):
        return once
    most, total = (max(pattern), sum(pattern)) if pattern else (1.0, times)
    if pattern and _says_how_many(dosage, pattern):
        most, total = 1.0, float(sum(1 for part in pattern if part))
    said = f"{dosage} {frequency}"
    is_weekly = bool(WEEKLY.search(said)) and not MORE_A_WEEK.search(said)
    return Amount(tuple(mg * most for mg in once), tuple(mg * total for mg in once), way, is_weekly=is_weekly)


def amount_of_dose(dose: Dose, name: str, strength: str = "") -> Amount | Unread:
    """What a dose as a pattern comes to: of one in steps, the largest of them. `name` and `strength` as for
    `daily_amount`."""
    name, strength, unit = _plain(name), _plain(strength), str(dose.get("unit", ""))
    way = _way(f"{name} {strength} {unit}")
    if way == "other":
        return LOCAL
    of_one = _of_one(name if AMOUNT.search(name) else strength, unit)
    if isinstance(of_one, Unread):
        return of_one
    steps: list[Part] = [*dose["steps"]] if "steps" in dose else [dose]
    taken = [_taken(step) for step in steps]
    most, day = max(once for once, _day in taken), max(day or once for once, day in taken)
    return Amount(
        tuple(mg * most for mg in of_one),
        tuple(mg * day for mg in of_one),
        way,
        any(not day for _once, day in taken),
        all(step.get("once") or step.get("every_hours", 0) >= WEEK_HOURS for step in steps),
    )


def _of_one(strengths: str, unit: str) -> tuple[float, ...] | Unread:
    """mg of each part in one of what the amounts of a dose count or measure."""
    if unit in ML_OF:
        return _in_volume(strengths, ML_OF[unit])
    if unit == Unit.UNIT:
        return Unread(_("how much is in one unit is not known"))
    return _in_pieces(strengths, 1.0)


def _taken(part: Part) -> tuple[float, float]:
    """How much is taken at once, and a day at most; 0 a day if nothing limits it."""
    if "amounts" in part:
        return max(part["amounts"]), sum(part["amounts"])
    once = part["amount"]
    if "every_hours" in part:
        return once, once * max(1.0, 24 / part["every_hours"])
    return once, once if part.get("once") else 0.0


def _plain(text: str) -> str:
    """Lower case, Latin digits, and halves as decimals: "½" is 0.5, "1/2" too, "1,000" is 1000."""
    text = latin_digits(text.casefold())
    text = re.sub(r"(\d)\s*([½¼¾])", lambda found: found[1] + FRACTIONS[found[2]], text)
    for sign, decimal in FRACTIONS.items():
        text = text.replace(sign, f"0{decimal}")
    text = SAID_BEFORE.sub(lambda found: SAID[found[1]], text)
    text = re.sub(r"(?<![\d/.])([13])/([24])(?![\d/])", lambda found: str(int(found[1]) / int(found[2])), text)
    return re.sub(r"(?<=\d)[ ,](?=\d{3}(?!\d))", "", text)


def _way(text: str) -> str:
    if OTHER_WAYS.search(text):
        return "other"
    return "injection" if INJECTED.search(text) else "mouth"


def _pattern(text: str) -> list[float]:
    """1+0+1 as its numbers; empty for anything else."""
    found = PATTERN.match(text.strip())
    return [float(part) for part in re.findall(NUMBER, found[0])] if found else []


def _without_pattern(text: str) -> str:
    return "" if _pattern(text) else text


def _times(text: str) -> float | None:
    """How often a day; less than daily counts as once, since a day's amount is what matters."""
    text = text.strip()
    if pattern := _pattern(text):
        return float(sum(1 for part in pattern if part)) or None
    if RARE.search(text):
        return 1.0
    for form in (*HOURS, *COUNTS):
        if (found := form.search(text)) and (number := float(found[1])):
            return 24 / number if form in HOURS else number
    words = (times for times, form in WORDS.items() if form.search(f" {text} "))
    return float(next(words, 0)) or None


def _says_how_many(dosage: str, pattern: list[float]) -> bool:
    """Whether the dose itself is what is taken each time, so that the ones of "1+0+1" only mark when."""
    return bool(dosage) and not _pattern(dosage) and set(pattern) <= {0.0, 1.0}


def _once(strengths: str, dosage: str, pattern: list[float]) -> tuple[float, ...] | Unread:
    """mg of each part in what is taken each time; with a pattern of other numbers than 0 and 1, in one piece."""
    if RATE.search(dosage):
        return Unread(_("what is taken each time is not written"))
    if amounts := AMOUNT.findall(PER_ML.sub("", dosage)):
        pieces = SOME_PIECES.search(dosage)
        if (pieces and float(pieces[1]) != 1) or (len(amounts) > 1 and "+" not in dosage):
            return Unread(_("the dose can be read in two ways"))
        return tuple(float(number) * MASS[unit] for number, unit in amounts)
    if volume := VOLUME.search(dosage):
        if not set(pattern) <= {0.0, 1.0}:  # "5 ml, 5+0+5" is not 25 ml
            return Unread(_("the dose can be read in two ways"))
        return _in_volume(strengths, float(volume[1]) * ML[volume[2]])
    pieces = PIECES.search(dosage.strip())
    if dosage.strip() and pieces is None:
        return Unread(_("the dose cannot be read"))
    number = float(pieces[1]) if pieces else 1.0
    if pattern and not set(pattern) <= {0.0, 1.0} and number != 1:
        return Unread(_("the dose can be read in two ways"))
    return _in_pieces(strengths, number)


def _in_pieces(strengths: str, number: float) -> tuple[float, ...] | Unread:
    in_one = [float(mg) * MASS[unit] for mg, unit in AMOUNT.findall(PER_ML.sub("", strengths))]
    if not in_one:
        return Unread(_("its strength is not known"))
    return tuple(mg * number for mg in in_one)


def _in_volume(strengths: str, ml: float) -> tuple[float, ...] | Unread:
    found = PER_ML.findall(strengths)
    if not found:
        return Unread(_("how much is in one mL is not known"))
    return tuple(float(mg) * MASS[unit] / float(in_ml or 1) * ml for mg, unit, in_ml in found)
