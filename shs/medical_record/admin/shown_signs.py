"""Vital signs of one entry with their grades, as the page of the entry shows them."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

from shs.medical_record.models import MedicalRecord
from shs.medical_record.observed import observed_words
from shs.medical_record.sign_table import Measured, read_entry, usual_words
from shs.medical_record.vital_signs import SIGNS
from shs.users.models import User


def shown_signs(entry: MedicalRecord) -> str:
    """The values with grade, usual range and source; the score with its parts; what cannot be told, and why."""
    if not entry.signs:
        return "–"
    one = read_entry(entry)
    return format_html("{}{}{}{}", _values(one), _observed(one), _score(one), _growth(one))


def shown_values(values: Mapping[str, float], *, patient: User, at: datetime, is_pregnant: bool) -> str:
    """As `shown_signs`, of values that are no entry of the chart, measured at `at`."""
    observed = {"pregnant": True} if is_pregnant else {}
    return shown_signs(MedicalRecord(patient=patient, vital_signs=dict(values), observed=observed, recorded_at=at))


def _values(one: Measured) -> str:
    graded = {grade.sign.name: grade for grade in one.reading.grades}
    rows = []
    for name, sign in SIGNS.items():
        if name not in one.signs:
            continue
        grade = graded.get(name)
        label = _label(grade.words, grade.tone) if grade else ""
        usual = usual_words(grade.range) if grade and grade.range else ""
        said = [_("normal: %(range)s") % {"range": usual} if usual else "", str(grade.note) if grade else ""]
        doubt = str(one.reading.improbable.get(name, ""))
        note = " · ".join(filter(None, [*said, doubt]))
        rows.append((sign.label, f"{one.signs[name]:g}", sign.unit_label, label, note))
    return format_html_join("", '<p>{}: <strong>{}</strong> {} {} <span class="shs-muted">{}</span></p>', rows)


def _label(words: object, tone: str) -> str:
    if not words:
        return ""
    return format_html('<span class="shs-label{}">{}</span>', f" shs-label-{tone}" if tone else "", words)


def _observed(one: Measured) -> str:
    return format_html_join("", "<p>{}: <strong>{}</strong></p>", observed_words(one.entry.observed))


def _score(one: Measured) -> str:
    score = one.reading.score
    if score is None:
        return ""
    parts = ", ".join(f"{part.label} {'–' if part.points is None else part.points}" for part in score.parts)
    total = f"{score.total} / {score.most}" if score.total is not None else f"≥ {score.least} / {score.most}"
    risk = _("Risk: %(risk)s") % {"risk": score.risk_words}
    missing = ""
    if score.missing:
        missing = _("Not recorded: %(parts)s") % {"parts": ", ".join(map(str, score.missing))}
    notes = " · ".join(filter(None, [missing, parts, str(score.source)]))
    label = _label(risk, score.tone)
    return format_html(
        '<p>{}: <strong>{}</strong> {} <span class="shs-muted">{}</span></p>', score.name, total, label, notes
    )


def _growth(one: Measured) -> str:
    rows = []
    for growth in one.reading.growth:
        z = "" if growth.z is None else f"z {growth.z:+.2f}"
        rows.append((growth.label, f"{growth.value:g}", growth.unit, z, _label(growth.words, growth.tone)))
    return format_html_join("", "<p>{}: <strong>{}</strong> {} {} {}</p>", rows)
