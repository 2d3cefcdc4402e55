"""The alerts of the page of a visit: what the checks before prescribing know of the patient, and what nobody asked."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

from shs.medical_record.alerts import DANGER, KNOWN, SOURCES, UNKNOWN, WARNING, Alert, by_entry, in_order, of_signs
from shs.medical_record.consultation import Glance
from shs.medical_record.models import MedicalRecord
from shs.medical_record.services import Extent
from shs.medical_record.whose import is_pregnant
from shs.prescription.models.answers import Answer
from shs.prescription.services.circumstances import OLDER
from shs.prescription.services.conditions import LONGEST, Recorded, recorded
from shs.prescription.services.kidney import WRITTEN, Filtration, egfr
from shs.prescription.services.situation import age_in_years, is_asked

READ = WRITTEN
"""Entries that alerts need beside what is at a glance."""
SEVERE = ("G4", "G5")
"""Severely decreased, and kidney failure (KDIGO 2012)."""
USUAL = ("G1", "G2")
UNIT = "mL/min/1.73 m²"
ASKED = ("pregnancy", "breastfeeding")


class Said(NamedTuple):
    """An entry, and what it says of pregnancy, breast-feeding, kidneys and liver."""

    entry: MedicalRecord
    told: Recorded


def alerts_of(seen: Glance, extent: Extent, answers: Mapping[str, str], now: datetime) -> list[Alert]:
    """The alerts about a patient, the most urgent first; `seen` was read with READ. `answers`: what was answered in
    this visit to what is ASKED. Of a chart of which only a part is open, that part alone. One query for the latest
    creatinine, and those of SOURCES."""
    said = [Said(entry, recorded([entry], now)) for entry in seen.problems]
    found = [*_pregnancy(seen, said, answers, now), *_kidneys(seen, said, extent, now), *of_signs(seen.latest)]
    found += _recorded(said, "liver", _("Liver disease: “%(said)s”"), WARNING)
    for source in SOURCES:
        found += source(seen.patient, extent, now)
    return in_order(found)


def _pregnancy(seen: Glance, said: list[Said], answers: Mapping[str, str], now: datetime) -> list[Alert]:
    pregnant, nursing = (answers.get(name, "") for name in ASKED)
    today = timezone.localdate(now)
    yes, no = _("Pregnant, as answered in this visit"), _("Not pregnant, as answered in this visit")
    found = _answered(pregnant, today, yes, no)
    if pregnant != Answer.NO:
        found += _recorded(said, "pregnant", _("Pregnant: “%(said)s”"), WARNING)
        latest = seen.latest
        if latest and is_pregnant(latest.entry.observed) and latest.at > now - LONGEST:
            found.append(by_entry(latest.entry, _("Pregnant, as noted with the vital signs"), WARNING))
    if not found and is_asked(seen.patient, now):
        found += _unasked(pregnant, said)
    yes, no = _("Breast-feeding, as answered in this visit"), _("Not breast-feeding, as answered in this visit")
    found += _answered(nursing, today, yes, no)
    return found + (
        _recorded(said, "nursing", _("Breast-feeding: “%(said)s”"), WARNING) if nursing != Answer.NO else []
    )


def _answered(answer: str, today: date, yes: str, no: str) -> list[Alert]:
    texts = {Answer.YES: Alert(yes, WARNING, today), Answer.NO: Alert(no, KNOWN, today)}
    return [texts[Answer(answer)]] if answer in texts else []


def _unasked(pregnant: str, said: list[Said]) -> list[Alert]:
    """That it is not known whether a woman is pregnant, where it can matter."""
    text = _("It is not known whether she is pregnant.")
    if pregnant != Answer.UNKNOWN:
        text = _("Nobody has asked whether she is pregnant.")
    long_ago = _recorded(said, "long_ago", _("A pregnancy was recorded, but long ago: “%(said)s”"), UNKNOWN)
    return [Alert(text, UNKNOWN, url="#id_pregnancy"), *long_ago]


def _recorded(said: list[Said], part: str, words: str, tone: str) -> list[Alert]:
    """The entries that say something of a `part` of Recorded."""
    found = [(one.entry, getattr(one.told, part)) for one in said]
    return [by_entry(entry, words % {"said": text}, tone) for entry, text in found if text]


def _kidneys(seen: Glance, said: list[Said], extent: Extent, now: datetime) -> list[Alert]:
    """The newest eGFR, and recorded diseases. The values of results are those of the whole chart."""
    entries = [*seen.problems, *seen.medicines, *seen.allergies, *seen.others]
    found = [_of_kidneys(one) for one in [egfr(seen.patient, now, entries, reads_values=extent.is_whole)] if one]
    found += [
        by_entry(one.entry, _("Kidney disease: “%(said)s”") % {"said": one.told.kidneys.said}, WARNING)
        for one in said
        if one.told.kidneys
    ]
    profile = getattr(seen.patient, "profile", None)
    years = age_in_years(profile.date_of_birth, timezone.localdate(now)) if profile else None
    if not found and years is not None and years >= OLDER:
        found.append(Alert(_("Kidneys: no creatinine or eGFR of the last year is known."), UNKNOWN))
    return found


def _of_kidneys(found: Filtration) -> Alert:
    values = {"egfr": f"{round(found.egfr)} {UNIT}", "category": found.category, "said": found.said}
    text = _("eGFR %(egfr)s (%(category)s), from “%(said)s”") % values
    tone = KNOWN if found.category in USUAL else DANGER if found.category in SEVERE else WARNING
    if found.entry is not None:
        return by_entry(found.entry, text, tone)._replace(what="medical records at a glance", ids=(found.entry.pk,))
    value = found.measured
    return Alert(text, tone, found.day, value.url if value else "", "results", (value.row,) if value else ())
