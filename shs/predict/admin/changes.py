"""The screen for changes that take two clinicians: what differs, and what it does on the open set."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from shs.core.admin.steps import StepForm
from shs.core.admin.wording import KEY_WORDS
from shs.core.labels import Label
from shs.predict import changes
from shs.predict.models import FIELDS, Effect, KnowledgeChange, label_of, told_value
from shs.users.admin.by_two import OrAloneScreen
from shs.users.models import User

for _kind, _names in FIELDS.items():
    for _name in _names:
        KEY_WORDS.setdefault(_name, label_of(_kind, _name))

MOST_TOLD = 10
"""Texts of each kind that a dialog names; the page has all."""


def written(value: object) -> str:
    """A value as people read it."""
    if isinstance(value, list):
        return "; ".join(" | ".join(map(str, one)) if isinstance(one, list) else str(one) for one in value)
    if isinstance(value, bool):
        return _now("yes") if value else _now("no")
    return str(value or "–")


def told_differences(change: KnowledgeChange) -> list[str]:
    """What differs, a line a field. Of a list, and of each group of phrases, only what is added (+) and removed (−)."""
    lines = []
    for name, old, new in changes.differences(change):
        old, new = (told_value(change.kind, name, value) for value in (old, new))
        label = capfirst(str(label_of(change.kind, name)))
        if isinstance(old, list) and isinstance(new, list):
            lines.append(f"{label}: {_told_list(old, new) or written(new)}")
        else:
            lines.append(f"{label}: {written(new)}" if old == "" else f"{label}: {written(old)} → {written(new)}")
    return lines


def _told_list(old: list[object], new: list[object]) -> str:
    """What is removed from a list and added to it; of lists of as many groups, in each group, with its number."""
    are_groups = len(old) == len(new) and all(isinstance(one, list) for one in (*old, *new))
    if are_groups and len(old) > 1:
        groups = enumerate(zip(old, new, strict=True), 1)
        return "; ".join(f"({number}) {_told_list([was], [then])}" for number, (was, then) in groups if was != then)
    if are_groups and old:
        old, new = cast(list[object], old[0]), cast(list[object], new[0])
    signed = (("−", [one for one in old if one not in new]), ("+", [one for one in new if one not in old]))
    return " ".join(f"{sign} {' | '.join(written([one]) for one in ones)}" for sign, ones in signed if ones)


def told_effect(effect: Effect | None, most: int) -> list[str]:
    """What a change does on the open set, with the texts."""
    if effect is None:
        return [_now("Its effect on the test set is being measured.")]
    lines = [
        _now("Emergencies found: %(then)s of %(all)s; today %(now)s.")
        % {"then": effect.found_then, "all": effect.emergencies, "now": effect.found},
        _now("False alarms: %(then)s of %(all)s harmless texts; today %(now)s.")
        % {"then": effect.alarms_then, "all": effect.harmless, "now": effect.alarms},
    ]
    if effect.ranked:
        lines.append(
            _now("Right condition first: %(then)s of %(all)s stories; today %(now)s.")
            % {"then": effect.first_then, "all": effect.ranked, "now": effect.first}
        )
    for texts, title in (
        (effect.missed, _now("This would miss %(count)s emergencies that are found today")),
        (effect.newly_found, _now("This would find %(count)s more emergencies")),
        (effect.new_alarms, _now("This would raise %(count)s more false alarms")),
        (effect.calmed, _now("This would stop %(count)s false alarms")),
    ):
        if texts:
            lines.append(f"{title % {'count': len(texts)}}: {' · '.join(texts[:most])}{' …' if texts[most:] else ''}")
    return lines


class ConfirmForm(StepForm):
    """Shows what changes."""

    def consequences(self) -> Sequence[Label]:
        return [*told_differences(self.record), *told_effect(self.record.measured, MOST_TOLD)]


@admin.register(KnowledgeChange)
class KnowledgeChangeScreen(OrAloneScreen):
    """Changes of what the symptom checker answers. They are asked for on the page of the row; answers use the old
    values until a second clinician confirms."""

    empty_text = _("Changes of what the symptom checker answers wait here for a second clinician.")
    list_display = ["title", "kind", "asked_by", "asked_at", "status_label", "next_steps"]
    list_filter = [("status", ChoicesDropdownFilter), ("kind", ChoicesDropdownFilter)]
    list_select_related = ["asked_by", "decided_by"]
    search_fields = ["name"]
    search_help_text = _("Name")
    fieldsets = [
        (None, {"fields": [("name", "kind"), "status", "shown_differences", "shown_effect"]}),
        (_("Decision"), {"fields": [("asked_by", "asked_at"), ("decided_by", "decided_at"), "is_alone"]}),
    ]
    readonly_fields = ["shown_differences", "shown_effect"]
    described_by = ("kind", "asked_by", "asked_at")
    dialogs = {
        "confirm": {
            "form": ConfirmForm,
            "text": _("The change applies from the next question on."),
            "done": _("Confirmed."),
        },
        "decline": {"action": "decide", "text": _("Answers stay as they are.")},
        "confirm_alone": {
            "label": _("Confirm without a second clinician…"),
            "form": ConfirmForm,
            "text": _("There is no other clinician. The auditors are told that you decided alone."),
            "done": _("Confirmed."),
        },
        "withdraw": {"text": _("Your change is withdrawn.")},
    }

    @display(description=_("Name"), ordering="name")
    def title(self, change: KnowledgeChange) -> str:
        return change.name

    @display(description=_("What changes"))
    def shown_differences(self, change: KnowledgeChange) -> str:
        return format_html_join("", "<div>{}</div>", ((line,) for line in told_differences(change)))

    @display(description=_("Effect on the test set"))
    def shown_effect(self, change: KnowledgeChange) -> str:
        lines = told_effect(change.measured, most=1000)
        return format_html("{}", format_html_join("", "<div>{}</div>", ((line,) for line in lines)))

    def confirm_request(self, row: KnowledgeChange, by: User, now: datetime) -> None:
        changes.confirm(change=row, by=by, now=now)

    def confirm_alone_request(self, row: KnowledgeChange, by: User, now: datetime) -> None:
        changes.confirm_alone(change=row, by=by, now=now)
