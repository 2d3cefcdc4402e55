"""Entries of a chart that are recorded as allergies and say that there is none: they are not shown in red."""

import re

from shs.core.names import fold

LETTER = r"[\w\u0980-\u09ff]"
IN_BANGLA = "|".join(map(fold, ("এলার্জি", "এলার্জী", "অ্যালার্জি", "অ্যালার্জী", "এ্যালার্জি", "এ্যালার্জী")))
ALLERGY = rf"(?:(?:allerg|alarg|alarj|elarg|elarj|{IN_BANGLA}){LETTER}*)"
NO = "|".join((*map(fold, ("নেই", "নাই", "নয়", "হয় না", "ছিল না")), "nei", "nai", "noy", "hoy na"))
EXCEPTED = "|".join(map(fold, ("কিন্তু", "ছাড়া", "ব্যতীত", "বাদে")))
END = re.compile(rf"[.;,।()\n]|\b(?:but|except|other than|apart from|aside from|besides|chara)\b|{EXCEPTED}")
"""Where a denial ends, so that "not allergic to penicillin, but to sulfa" names sulfa, and "no allergies other than
penicillin" penicillin."""
NOBODY = re.compile(
    rf"^\W*(?:(?:drug|medicine|medication|food|known)s?\W+)*(?:{ALLERGY}\W*)?"
    rf"(?:no|none|nil|nka|nkda|nkma|nil known|none known|not known|none recorded|nothing known|{NO})\W*$"
)
"""The whole entry says that there are none: "NKDA", "Allergies: none known"."""
NOT_ALLERGIC = re.compile(rf"\b(?:not|never|isn't|no longer)\s+(?:known\s+to\s+be\s+)?{ALLERGY}")
NONE_IN_BANGLA = re.compile(rf"{ALLERGY}\s+(?:\S+\s+)?(?:{NO})(?!{LETTER})")
RULED_OUT = re.compile(rf"{ALLERGY}\s+(?:was\s+|has\s+been\s+)?(?:ruled\s+out|excluded|disproved|refuted)")
ANSWERED_NO = re.compile(rf":\s*(?:no|nil|none|negative)(?:\s+{ALLERGY})?\s*$")
"""A clause that denies what stands before the colon: "Penicillin: no allergy"."""
NO_ALLERGY = re.compile(rf"^\W*(?:no|denies)\s+(?:(?!rash|doubt)\S+\s+){{0,3}}{ALLERGY}\W*$")
"""A clause of nothing but "no known drug allergies"."""


def denies_allergy(title: str) -> bool:
    """Whether an allergy entry says nothing but that there is none. In doubt it does not: what is red needlessly does
    less harm than what is not red."""
    text = fold(title)
    clauses = [clause.strip() for clause in END.split(text) if clause.strip()]
    return bool(NOBODY.match(text)) or (bool(clauses) and all(map(_is_denial, clauses)))


def _is_denial(clause: str) -> bool:
    forms = (NONE_IN_BANGLA, RULED_OUT, ANSWERED_NO, NO_ALLERGY)
    return any(form.search(clause) for form in forms) or bool(NOT_ALLERGIC.match(clause))
