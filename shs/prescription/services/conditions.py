"""What recorded conditions say of pregnancy, breast-feeding, kidneys and liver: in English, in Bangla, also with Latin
letters, and by ICD-10 code. Parts of entries that say nothing of these are told, so that none is left out silently."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from shs.core.names import fold
from shs.medical_record.models import MedicalRecord

PART = re.compile(r"[;,।\n]|\band\b|\bwith\b|\s[+&/]\s|\. ")
OF_STAGE = re.compile(r"\s*,\s*(?=(?:stage|grade|stg)\b)", re.I)
"""A comma before the stage of what stands before it."""
END = r"(?![\w\u0980-\u09ff])"


def _any(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(rf"(?<![\w\u0980-\u09ff])(?:{fold(word)})" for word in words))


DENIED = _any(r"no\b", r"not\b", r"non-?pregnant", r"never\b", r"without\b", r"denies\b")
"""Denies what follows: "CKD stage 4 not on dialysis" still is CKD stage 4."""
DENIED_BEFORE = _any(
    r"ruled out", r"negative\b", r"normal\b", r"নেই", r"নাই", r"নয়", rf"না{END}", r"nei\b", r"nai\b", r"noy\b"
)
"""Denies what stands before it."""
OVER = _any(
    r"previous",
    r"past\b",
    r"h/o",
    r"history",
    r"hx\b",
    r"post-?\s?(?:partum|natal|abortal)",
    r"delivered",
    r"ectopic",
    r"miscarriage",
    r"abortion",
    r"molar",
    r"family",
    r"planning",
    r"প্রসবোত্তর",
    r"গর্ভপাত",
)
THREATENED = _any(r"threatened")
PREGNANT = _any(
    r"pregnan\w*",
    r"pregnent",
    r"preg\b",
    r"\w*gravida\w*",
    r"gestation\w*",
    r"antenatal",
    r"anc\b",
    r"expecting\b",
    r"primi\b",
    r"(?:pre-?\s?)?eclampsia",
    r"g\d\s*p\d(?=.*\d\s*(?:w|month))",
    r"গর্ভবতী",
    r"গর্ভাবস্থা",
    r"গর্ভ",
    r"প্রেগন্যান্ট",
    r"প্রেগনেন্ট",
    r"প্রেগন্যান্সি",
    r"অন্তঃসত্ত্বা",
    r"অন্তসত্ত্বা",
    r"gor[bv]ho?[bv]oti",
    r"gorbho",
    r"pet e baccha",
)
WEEKS = re.compile(r"(\d{1,2})\s*(?:\+\s*\d\s*)?(?:w\b|wks?\b|weeks?\b|" + fold("সপ্তাহ") + ")")
NURSING = _any(
    r"breast\s*-?\s*f[e]*d\w*", r"lactati(?:ng|on)", r"nursing mother", r"বুকের দুধ", r"স্তন্যদান", r"স্তন্যপান", r"buker dudh"
)
STONE = _any(
    r"(?:kidney|renal) (?:stones?|colic|cysts?|calcul\w+)",
    r"কিডনিতে পাথর",
    r"nephrolithiasis",
    r"fatty liver",
    r"ফ্যাটি লিভার",
)
KIDNEY = _any(
    r"ckd\b",
    r"crf\b",
    r"aki\b",
    r"arf\b",
    r"kidney\w*",
    r"renal\b",
    r"nephropath\w*",
    r"nephro(?:tic|sis)",
    r"glomerulo\w*",
    r"কিডনি",
    r"কিডনী",
    r"বৃক্ক",
    r"kidni",
)
DIALYSIS = _any(r"esrd\b", r"eskd\b", r"end.?stage (?:renal|kidney)", r"\w*dialysis", r"ডায়ালাইসিস")
STAGE = re.compile(
    r"(?:stage|grade|stg|"
    + fold("পর্যায়")
    + "|"
    + fold("স্টেজ")
    + r"|\bg|ckd)\s*[-:]?\s*(3a|3b|[1-5]|iv|v|iii|ii|i)"
    + END
)
TOPS = {
    "1": 120,
    "i": 120,
    "2": 89,
    "ii": 89,
    "3": 59,
    "iii": 59,
    "3a": 59,
    "3b": 44,
    "4": 29,
    "iv": 29,
    "5": 14,
    "v": 14,
}
"""Stage of chronic kidney disease → the highest eGFR in it (mL/min/1.73 m², KDIGO's stages)."""
UNKNOWN_STAGE = 59
LIVER = _any(
    r"liver\b",
    r"hepati[ct]\w*",
    r"cirrho\w*",
    r"cld\b",
    r"jaundice",
    r"লিভার",
    r"যকৃৎ",
    r"জন্ডিস",
    r"সিরোসিস",
    r"হেপাটাইটিস",
    r"jondis",
    r"livar",
)
NAMED = (PREGNANT, NURSING, KIDNEY, DIALYSIS, LIVER)
LONGEST = timedelta(days=300)
"""A pregnancy that was recorded longer ago is over, or nobody knows."""


class Kidneys(NamedTuple):
    """The highest eGFR (mL/min/1.73 m²) that fits what is known, as it was `said`. Not `is_exact`: only that there is
    a disease."""

    egfr: float
    said: str
    is_exact: bool = True


class Recorded(NamedTuple):
    """What the conditions say; empty texts and None: nothing. `unused`: parts that say nothing of these."""

    pregnant: str = ""
    long_ago: str = ""
    nursing: str = ""
    kidneys: Kidneys | None = None
    liver: str = ""
    unused: tuple[str, ...] = ()


def recorded(entries: Iterable[MedicalRecord], now: datetime) -> Recorded:
    """What the active conditions among `entries` say."""
    found = Recorded()
    for entry in entries:
        if entry.kind == MedicalRecord.Kind.CONDITION and entry.status == MedicalRecord.Status.ACTIVE:
            found = _with_code(found, entry, now)
            for part in PART.split(OF_STAGE.sub(" ", entry.title)):
                found = _with_part(found, part.strip(), entry, now) if part.strip() else found
    return found


def _with_part(found: Recorded, part: str, entry: MedicalRecord, now: datetime) -> Recorded:
    text, is_denied = _without_denial(fold(part))
    if STONE.search(text):
        return found._replace(unused=(*found.unused, part))
    if DIALYSIS.search(text) or KIDNEY.search(text):
        return found if is_denied else found._replace(kidneys=_lower(found.kidneys, _kidneys(text, part)))
    if LIVER.search(text):
        return found if is_denied else found._replace(liver=found.liver or part)
    if NURSING.search(text):
        return found if is_denied else found._replace(nursing=part)
    if PREGNANT.search(text) or (WEEKS.search(text) and found.pregnant):
        if is_denied or (OVER.search(text) and not THREATENED.search(text)):
            return found
        return _pregnant(found, part, entry, now)
    return found if entry.code_id and _kind_of(entry.code_id) else found._replace(unused=(*found.unused, part))


def _without_denial(text: str) -> tuple[str, bool]:
    """`text` without what it denies, and whether it denies all of what it names."""
    if DENIED_BEFORE.search(text):
        return text, True
    if denial := DENIED.search(text):
        before = text[: denial.start()]
        return (before, False) if any(form.search(before) for form in NAMED) else (text, True)
    return text, False


def _pregnant(found: Recorded, said: str, entry: MedicalRecord, now: datetime) -> Recorded:
    if entry.recorded_at < now - LONGEST:
        return found._replace(long_ago=said)
    return found._replace(pregnant=found.pregnant or said)


def _kidneys(text: str, said: str) -> Kidneys:
    if DIALYSIS.search(text):
        return Kidneys(14, said)
    if stage := STAGE.search(text):
        return Kidneys(TOPS[stage[1]], said)
    return Kidneys(UNKNOWN_STAGE, said, is_exact=False)


def _lower(one: Kidneys | None, other: Kidneys) -> Kidneys:
    return other if one is None or other.egfr < one.egfr else one


def _with_code(found: Recorded, entry: MedicalRecord, now: datetime) -> Recorded:
    """What the ICD-10 code of an entry says."""
    code = entry.code_id or ""
    kind, said = _kind_of(code), f"{entry.title} ({code})"
    if kind == "pregnant":
        return _pregnant(found, said, entry, now)
    if kind == "liver":
        return found._replace(liver=found.liver or said)
    if kind == "kidneys":
        top = TOPS.get(code[4:5]) if code.startswith("N18.") else 14 if code.startswith("Z99.2") else None
        found_now = Kidneys(top, said) if top else Kidneys(UNKNOWN_STAGE, said, is_exact=False)
        return found._replace(kidneys=_lower(found.kidneys, found_now))
    return found


def _kind_of(code: str) -> str:
    """The part of ICD-10 to which a code belongs: O10–O29 and Z33–Z34 (pregnancy), N17–N19 and Z99.2 (kidney failure),
    K70–K77 without fatty liver (K76.0)."""
    if re.match(r"O[12]\d|Z3[34]", code):
        return "pregnant"
    if re.match(r"N1[789]|Z99\.2", code):
        return "kidneys"
    return "liver" if re.match(r"K7[0-7]", code) and not code.startswith("K76.0") else ""
