"""How the checks before issuing are shown: a line for each kind, with its warnings."""

from collections.abc import Iterable

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from shs.core.labels import Label
from shs.prescription import services
from shs.prescription.models import Prescription
from shs.prescription.services.findings import Line, State, lines_of

NO_MEDICINES = _("No medicines to check.")


def shown_draft(draft: Prescription) -> Label:
    """What the checks say of a draft now."""
    checked = services.check(draft, now=timezone.now())
    return _shown([(found.kind, found.stops, found.text, "") for found in checked.warnings], checked.lines)


def shown_issued(issued: Prescription) -> Label:
    """What the checks said when it was issued, with the reasons for overriding. For what was issued before the lines
    were kept, the sentences about what was not checked."""
    warnings = [
        (kept.kind, kept.stops, kept.text, f"→ {kept.reason}" if kept.reason else "") for kept in issued.warnings.all()
    ]
    if issued.checks or not (warnings or issued.not_checked):
        return _shown(warnings, lines_of(issued.checks))
    return _warnings(warnings) + format_html_join("", '<p class="shs-muted">{}</p>', ((s,) for s in issued.not_checked))


Shown = tuple[str, bool, str, str]
"""Kind, whether it stops, text, and the reason for overriding it."""


def _shown(warnings: list[Shown], lines: list[Line]) -> Label:
    if not lines:
        return _warnings(warnings) or NO_MEDICINES
    return mark_safe("".join(_line(line, [row for row in warnings if row[0] == line.kind]) for line in lines))  # noqa: S308


def _line(line: Line, warnings: list[Shown]) -> SafeString:
    style = "shs-muted" if line.state == State.NOT_CHECKED else ""
    head = format_html('<p class="{}"><strong>{}:</strong> {}. {}</p>', style, line.label, line.outcome, line.text)
    return head + _warnings(warnings)


def _warnings(warnings: Iterable[Shown]) -> SafeString:
    rows = (("shs-error" if stops else "shs-hint", text, reason) for _kind, stops, text, reason in warnings)
    return format_html_join("", '<p class="{}">{} {}</p>', rows)
