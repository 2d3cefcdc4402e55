"""What is observed with vital signs: consciousness, oxygen, breathing, and pregnancy. Scores and ranges need it."""

from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from shs.core.errors import Invalid
from shs.core.labels import Label
from shs.medical_record.whose import Whose

Observed = dict[str, object]
FERTILE_MONTHS = 10 * 12
"""Nobody younger is taken for pregnant: a mark in the wrong line."""


class Consciousness(models.TextChoices):
    """ACVPU, as in NEWS2."""

    ALERT = "alert", lazy("Alert")
    CONFUSION = "confusion", lazy("New confusion")
    VOICE = "voice", lazy("Responds to voice")
    PAIN = "pain", lazy("Responds to pain")
    UNRESPONSIVE = "unresponsive", lazy("Unresponsive")


class Oxygen(models.TextChoices):
    """What the patient breathes."""

    AIR = "air", lazy("Air")
    LOW = "low", lazy("Oxygen, below 4 l/min and 50 %")
    HIGH = "high", lazy("Oxygen, from 4 l/min or 50 %")


class Effort(models.TextChoices):
    """How hard it is to breathe."""

    NORMAL = "normal", lazy("Normal")
    MILD = "mild", lazy("Mildly increased")
    MODERATE = "moderate", lazy("Moderately increased")
    SEVERE = "severe", lazy("Severely increased, or pauses")


class Refill(models.TextChoices):
    """How soon a pressed nail is red again."""

    NORMAL = "normal", lazy("Below 3 seconds")
    SLOW = "slow", lazy("3 seconds or more")


class Scale(models.TextChoices):
    """Which saturation is wanted."""

    USUAL = "1", lazy("Usual")
    LOWER = "2", lazy("Target 88–92 % (hypercapnic respiratory failure)")


CHOICES: dict[str, type[models.TextChoices]] = {
    "consciousness": Consciousness,
    "oxygen": Oxygen,
    "spo2_scale": Scale,
    "respiratory_effort": Effort,
    "capillary_refill": Refill,
}
LABELS: dict[str, Label] = {
    "consciousness": lazy("Consciousness"),
    "oxygen": lazy("Air or oxygen"),
    "spo2_scale": lazy("Target saturation"),
    "respiratory_effort": lazy("Respiratory effort"),
    "capillary_refill": lazy("Capillary refill"),
    "pregnant": lazy("Pregnant"),
}
NAMES = tuple(LABELS)


def checked_observed(values: Mapping[str, object] | None, *, whose: Whose) -> Observed:
    """What was observed, without what is empty. Raises Invalid (422) with the field for what is not known, and for a
    pregnancy of a man or a child."""
    found: Observed = {}
    for name, value in (values or {}).items():
        if value in (None, ""):
            continue
        if name == "pregnant" and isinstance(value, bool):
            found[name] = value
        elif name in CHOICES and value in CHOICES[name].values:
            found[name] = str(value)
        else:
            raise Invalid(_("Choose one of the given values."), field=f"observed.{name}")
    too_young = whose.months is not None and whose.months < FERTILE_MONTHS
    if found.get("pregnant") and (whose.sex == "male" or too_young):
        raise Invalid(_("This patient cannot be pregnant: check sex and age."), field="observed.pregnant")
    return found


def observed_words(observed: Mapping[str, object] | None) -> list[tuple[Label, Label]]:
    """What was observed, as (name, value) for people."""
    found: list[tuple[Label, Label]] = []
    for name, label in LABELS.items():
        value = (observed or {}).get(name)
        if name in CHOICES and value in CHOICES[name].values:
            found.append((label, CHOICES[name](value).label))
        elif name == "pregnant" and isinstance(value, bool):
            found.append((label, lazy("Yes") if value else lazy("No")))
    return found
