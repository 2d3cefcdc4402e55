"""What stands on the paper of a letter. Everything is from what was sealed, except its status."""

from datetime import date
from typing import NamedTuple

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from shs.core.dates import show_date, show_datetime
from shs.core.labels import Label
from shs.core.paper.content import Closing, Entry, Fact, Letterhead, Part, PatientBlock, in_both, joined
from shs.core.paper.fonts import in_print
from shs.letters.models import Absence, Kind, Letter, Unfit, Urgency
from shs.letters.models.content import PARTS
from shs.prescription.printed import GENDERS, REGISTERED, Words, age_of, entry_of, letterhead_of
from shs.users.numbers import patient_number

ASIDE = ("complaint", "findings", "signs", "assessment", "tests")
"""The parts of a summary that stand in the narrow column."""
CANCELLED = gettext_lazy("CANCELLED · NOT VALID")


class Printed(NamedTuple):
    """A whole letter: `left` is the narrow column, `lead` stands before all, `right` after the medicines."""

    title: str
    heading: str
    language: str
    head: Letterhead
    patient: PatientBlock
    lead: list[Part]
    left: list[Part]
    entries: list[Entry]
    right: list[Part]
    closing: Closing
    foot: str
    mark: str


def printed(letter: Letter, url: str) -> Printed:
    """The paper of a letter, read by `in_full()`; `url`: the address in its QR code."""
    language, number = letter.language, letter.visit.number
    both = Words(language)
    parts = [(part["key"], Part(both(PARTS[part["key"]]), part["text"])) for part in letter.written["parts"]]
    is_summary = letter.kind == Kind.SUMMARY
    with translation.override(language):
        heading = in_both(Kind(letter.kind).label, language)
        return Printed(
            title=f"{number} {heading}",
            heading=heading,
            language=language,
            head=letterhead_of(letter.parties),
            patient=_patient(letter, both),
            lead=_lead(letter, both),
            left=[part for key, part in parts if is_summary and key in ASIDE],
            entries=[entry_of(line) for line in letter.written.get("lines", [])],
            right=[part for key, part in parts if not (is_summary and key in ASIDE)] + _again(letter, both),
            closing=_closing(letter, url, both),
            foot=joined([in_print(letter.parties["patient"]["name"]), number]),
            mark=str(CANCELLED) if letter.status == letter.Status.CANCELLED else "",
        )


def _patient(letter: Letter, both: Words) -> PatientBlock:
    """The patient. A sick note, which is shown to others, has no number of the clinic."""
    patient, issued = letter.parties["patient"], timezone.localtime(letter.issued_at)
    facts = [
        Fact(both(gettext_lazy("Age")), age_of(patient, issued.date())),
        Fact(both(gettext_lazy("Sex")), str(GENDERS.get(patient["gender"], ""))),
    ]
    if letter.kind != Kind.SICK_NOTE:
        facts.append(Fact(both(gettext_lazy("Patient no.")), patient_number(patient["id"])))
    return PatientBlock(
        label=both(gettext_lazy("Patient")),
        name=in_print(patient["name"]),
        facts=facts,
        issued_label=both(gettext_lazy("Issued")),
        issued=show_datetime(issued),
        number=letter.visit.number,
    )


def _lead(letter: Letter, both: Words) -> list[Part]:
    """To whom a referral is addressed, or what a sick note certifies."""
    to, absence = letter.written.get("to"), letter.absence
    if to is not None:
        whom = "\n".join(line for line in (in_print(to["name"]), to["specialty"], to["place"]) if line)
        urgent = to["urgency"] != Urgency.ROUTINE
        return [
            Part(both(gettext_lazy("Referred to")), whom, strong=True),
            Part(both(gettext_lazy("Urgency")), str(Urgency(to["urgency"]).label), strong=urgent),
        ]
    return _certified(absence, both) if absence is not None else []


def _certified(absence: Absence, both: Words) -> list[Part]:
    first, last = date.fromisoformat(absence["first"]), date.fromisoformat(absence["last"])
    seen_on = date.fromisoformat(absence["seen_on"])
    count = (last - first).days + 1
    days = ngettext("%(days)s day", "%(days)s days", count) % {"days": count}
    span = show_date(first) if count == 1 else f"{show_date(first)} – {show_date(last)}"
    found = [
        Part(both(gettext_lazy("Unfit for")), str(Unfit(absence["unfit_for"]).label), strong=True),
        Part(both(gettext_lazy("From – to")), f"{span} ({days})", strong=True),
        Part(both(gettext_lazy("Can still do")), absence["fit_for"]),
        Part(both(gettext_lazy("Seen by the doctor on")), show_date(seen_on)),
    ]
    if first < seen_on:
        said = _("The days before this visit are certified on the basis of the patient's own account.")
        found.append(Part(both(gettext_lazy("Backdated")), said, strong=True))
    return [part for part in found if part.words]


def _again(letter: Letter, both: Words) -> list[Part]:
    day = letter.written.get("follow_up")
    return [Part(both(gettext_lazy("Follow-up")), show_date(date.fromisoformat(day)), strong=True)] if day else []


def _closing(letter: Letter, url: str, both: Words) -> Closing:
    doctor = letter.parties["doctor"]
    signed = _("Signed electronically on %(time)s, under the doctor's account.")
    seal: Label = _("Seal (SHA-256): %(digest)s…") % {"digest": letter.digest[:16]}
    return Closing(
        signature=both(gettext_lazy("Signature")),
        name=in_print(doctor["name"]),
        registration=REGISTERED % {"number": doctor["license_number"]},
        signed=signed % {"time": show_datetime(timezone.localtime(letter.issued_at))},
        url=url,
        checks=[both(gettext_lazy("Scan to check whether this paper is valid, or open")), url, str(seal)],
        code=letter.code,
    )
