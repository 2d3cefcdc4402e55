"""Digits of other scripts: people type numbers and dates with Bangla digits, too."""

import unicodedata


def latin_digits(text: str) -> str:
    """`text` with the digits of every script as 0 to 9, without invisible characters, and with plain spaces and dashes:
    numbers are pasted from pages and messages."""
    return "".join(_plain(letter) for letter in text)


def _plain(letter: str) -> str:
    if letter.isascii():
        return letter
    kind = unicodedata.category(letter)
    if kind == "Nd":
        return str(unicodedata.decimal(letter))
    if kind == "Cf":
        return ""
    if kind == "Pd" or letter == "\N{MINUS SIGN}":
        return "-"
    return " " if kind.startswith("Z") else letter


def bangla_digits(text: str) -> str:
    """`text` with Bangla digits."""
    return text.translate(BANGLA)


BANGLA = str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯")
