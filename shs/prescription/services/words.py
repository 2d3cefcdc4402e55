"""The words of a text: which of them can name a medicine, and in how many letters two differ."""

import re

BANGLA_ENDINGS = ("গুলো", "ের", "এর", "তে", "য়ে", "য়", "ে", "র", "এ", "ও")
"""Endings of a noun in Bangla, the longest first: পেনিসিলিনে is পেনিসিলিন."""
NOT_NAMES = re.compile(
    r"^(\d.*|mg|mcg|g|ml|iu|tab|tablet|tablets|cap|capsule|capsules|syrup|injection|inj|cream|drops|suspension|"
    r"allerg.*|alarji|elarji|to|and|or|reaction|severe|mild|এলার্জি|এলার্জী|অ্যালার্জি|আছে)$"
)


def sequence(text: str) -> list[str]:
    """The words of a text in order; Bangla vowel signs belong to their word."""
    return re.findall(r"[\w\u0980-\u09ff]+", text.casefold())


def distance(one: str, other: str, most: int) -> int:
    """In how many letters two words differ (wrong, missing, extra); `most` + 1 if in more than `most`."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        before, row = row, [at]
        for to, wanted in enumerate(other, 1):
            row.append(min(before[to] + 1, row[to - 1] + 1, before[to - 1] + (letter != wanted)))
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)
