"""Alerts of the page of a visit: what has to be known of a patient before anything is prescribed, one line each.

A later app adds its own: it appends a function to SOURCES in its AppConfig.ready.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.urls import reverse
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from shs.core.labels import Label
from shs.medical_record.models import MedicalRecord
from shs.medical_record.services import Extent
from shs.medical_record.sign_table import Measured
from shs.medical_record.visit_flags import critical_words
from shs.users.models import User

DANGER, WARNING, UNKNOWN, KNOWN = "danger", "warning", "unknown", "known"
TONES = (DANGER, WARNING, UNKNOWN, KNOWN)
"""How an alert is coloured, in the order in which they are shown; unknown: nobody has asked, or nothing is recorded."""
SCORES_THAT_ALERT = ("medium", "high")
"""Of NEWS2: 5 or more (Royal College of Physicians, 2017)."""


class Alert(NamedTuple):
    """One line. `day` and `url`: when what it says was recorded, and its page; `ids` are the rows shown, by what the
    read log calls them."""

    text: Label
    tone: str
    day: date | None = None
    url: str = ""
    what: str = ""
    ids: tuple[int, ...] = ()


SOURCES: list[Callable[[User, Extent, datetime], list[Alert]]] = []
"""Functions of (patient, what the reader may read, now), called after the access to the chart has been checked."""


def in_order(alerts: Iterable[Alert]) -> list[Alert]:
    """The most urgent first."""
    return sorted(alerts, key=lambda one: TONES.index(one.tone))


def with_alerts(shown: Mapping[str, Sequence[int]], alerts: Iterable[Alert]) -> dict[str, list[int]]:
    """The rows that are `shown`, by what the read log calls them, with those of the alerts."""
    found = {what: list(ids) for what, ids in shown.items()}
    for alert in alerts:
        found[alert.what] = sorted({*found.get(alert.what, ()), *alert.ids})
    return found


def by_entry(entry: MedicalRecord, text: Label, tone: str) -> Alert:
    """An alert that follows from an entry of the chart, with its day and page. The entry is one that is at a glance,
    and in the read log as such."""
    url = reverse("admin:medical_record_medicalrecord_change", args=(entry.pk,))
    return Alert(text, tone, timezone.localdate(entry.recorded_at), url)


def of_signs(latest: Measured | None) -> list[Alert]:
    """What the latest vital signs say: a critical value, and an early warning score from 5 (NEWS2) or one that asks to
    look at once."""
    if latest is None:
        return []
    found = []
    if words := critical_words(latest.reading):
        found.append(by_entry(latest.entry, words, DANGER))
    score = latest.reading.score
    if score and (score.is_alarming or score.risk in SCORES_THAT_ALERT):
        least = str(score.total) if score.total is not None else format_lazy(_("at least {}"), score.least)
        text = format_lazy("{} {} ({})", score.name, least, score.risk_words)
        found.append(by_entry(latest.entry, text, DANGER if score.is_alarming else WARNING))
    return found
