"""What a model keeps about people: every model says one of these as its `privacy`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Clinical:
    """Rows about the health of a person. `patient` is the path of keys from a row to that user, as in a filter. Whoever
    else is shown such a row stands in the read log."""

    patient: str


@dataclass(frozen=True)
class Administrative:
    """Rows that say nothing about anybody's health, `because` of what they hold."""

    because: str
