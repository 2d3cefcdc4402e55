"""Whether a model holds health data: every model declares one of these as its `privacy`."""

from dataclasses import dataclass

NOBODY_NAMED = ""


@dataclass(frozen=True)
class Clinical:
    """Rows about a person's health. `patient` is the lookup path from a row to that user, or NOBODY_NAMED if the row
    does not say who it is. Reads by others are written to the read log."""

    patient: str


@dataclass(frozen=True)
class Administrative:
    """Rows without health data; `because` states why. Long texts of rows about a patient are named in `texts`, because
    people write about health where there is room: screens conceal them, or everybody may read them."""

    because: str
    texts: tuple[str, ...] = ()
