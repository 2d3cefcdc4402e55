"""Counts the segments of an SMS (3GPP TS 23.038): of GSM-7 160 characters, or 153 in each of several; of UCS-2 70 or
67. A character of GSM-7's extension counts two, like one outside of Unicode's first plane; none is split."""

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")
GSM7, UCS2 = (160, 153), (70, 67)


def is_gsm7(text: str) -> bool:
    """Whether GSM-7 has every character of `text`; Bangla has none of its letters there."""
    return all(letter in BASIC or letter in EXTENSION for letter in text)


def segments(text: str) -> int:
    """How many segments `text` is sent, and paid, as; an empty one is one."""
    if is_gsm7(text):
        (alone, each), sizes = GSM7, [2 if letter in EXTENSION else 1 for letter in text]
    else:
        (alone, each), sizes = UCS2, [2 if ord(letter) > 0xFFFF else 1 for letter in text]
    if sum(sizes) <= alone:
        return 1
    count, used = 1, 0
    for size in sizes:
        if used + size > each:
            count, used = count + 1, 0
        used += size
    return count
