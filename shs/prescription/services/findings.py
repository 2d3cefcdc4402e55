"""What the checks answer with: warnings, and a line for each kind of check."""

from typing import NamedTuple, TypedDict

from django.db import models
from django.utils.translation import gettext_lazy as _

from shs.prescription.models.lines import WarningKind


class State(models.TextChoices):
    """How a kind of check ended."""

    NOTHING_FOUND = "nothing_found", _("checked, nothing found")
    WARNING = "warning", _("warning")
    NOT_CHECKED = "not_checked", _("not checked")


class ShownWarning(TypedDict):
    """A blocking warning, as a refused request names it. `warning` is its key."""

    warning: str
    kind: str
    medication: str
    message: str


class Finding(NamedTuple):
    """One warning. `key` identifies it in an acknowledgement; the same finding always has the same key. One that
    `stops` needs a reason. `rule`: which rule found it. `is_of_chart`: whether an entry of the chart is named."""

    key: str
    kind: str
    medication: str
    text: str
    stops: bool = True
    rule: str = ""
    is_of_chart: bool = False

    def shown(self) -> ShownWarning:
        """As a refused request names it."""
        return {"warning": self.key, "kind": self.kind, "medication": self.medication, "message": self.text}


class Line(NamedTuple):
    """How the check of one kind ended; `text` says what was compared, or why it was not checked."""

    kind: str
    state: str
    text: str

    @property
    def label(self) -> str:
        """The kind in words."""
        return str(WarningKind(self.kind).label)

    @property
    def outcome(self) -> str:
        """The state in words."""
        return str(State(self.state).label)


class Checked(NamedTuple):
    """The warnings, sentences about what could not be checked, and a line for each kind of check (none for a
    prescription without medicines)."""

    warnings: list[Finding]
    not_checked: list[str]
    lines: list[Line]

    @property
    def stopping(self) -> list[Finding]:
        """The warnings that need a reason."""
        return [found for found in self.warnings if found.stops]

    def stored(self) -> list[dict[str, str]]:
        """The lines as they are kept with the prescription."""
        return [{"kind": line.kind, "state": line.state, "text": line.text} for line in self.lines]


def lines_of(stored: list[dict[str, str]]) -> list[Line]:
    """The lines that were kept with a prescription."""
    return [Line(row["kind"], row["state"], row["text"]) for row in stored]
