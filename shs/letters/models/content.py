"""What of a letter is sealed: its content in JSON's types, and the names of its parts."""

from typing import NotRequired, TypedDict

from django.db import models
from django.utils.translation import gettext_lazy as _

from shs.core.labels import Label
from shs.prescription.models.content import Parties
from shs.prescription.models.lines import LineContent

PARTS: dict[str, Label] = {
    "reason": _("Reason for the referral"),
    "complaint": _("Complaint"),
    "findings": _("Findings"),
    "signs": _("Vital signs"),
    "assessment": _("Assessment"),
    "diagnosis": _("Diagnosis"),
    "problems": _("Known conditions"),
    "allergies": _("Allergies"),
    "medicines": _("Medicines"),
    "tests": _("Tests"),
    "advice": _("Advice"),
    "remark": _("Remark"),
}
"""The titled texts of letters, in the order in which they are printed."""
LONGEST = 2000
"""The most letters of a part."""


class Urgency(models.TextChoices):
    """How soon the patient is to be seen."""

    ROUTINE = "routine", _("Routine")
    SOON = "soon", _("Soon: within days")
    AT_ONCE = "at_once", _("At once: emergency")


class Unfit(models.TextChoices):
    """What a sick note excuses from."""

    WORK = "work", _("work")
    SCHOOL = "school", _("school or study")
    EXERCISE = "exercise", _("sport and heavy physical work")
    TRAVEL = "travel", _("travel")


class PartContent(TypedDict):
    """A titled text: `key` of PARTS."""

    key: str
    text: str


class Addressee(TypedDict):
    """To whom a patient is referred, in words. `urgency`: of Urgency."""

    name: str
    specialty: str
    place: str
    urgency: str


class Absence(TypedDict):
    """What a sick note certifies. `first`, `last` and `seen_on` (the day of the visit) as YYYY-MM-DD; `unfit_for`: of
    Unfit; `fit_for`: what the patient can still do."""

    first: str
    last: str
    seen_on: str
    unfit_for: str
    fit_for: str


class Written(TypedDict):
    """What the doctor wrote: an addressee in referrals, an absence in sick notes, medicines and the next visit
    (YYYY-MM-DD) in summaries."""

    parts: list[PartContent]
    to: NotRequired[Addressee]
    absence: NotRequired[Absence]
    lines: NotRequired[list[LineContent]]
    follow_up: NotRequired[str]


class Content(TypedDict):
    """The sealed content in JSON's types."""

    kind: str
    code: str
    visit: str
    language: str
    issued_at: str
    parties: Parties
    written: Written
