"""The screen for merges of people: requests that wait for a second person, and what can be undone."""

from collections.abc import Sequence
from datetime import datetime

from django import forms
from django.contrib import admin, messages
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from shs.core.admin.addresses import page_of
from shs.core.admin.cells import person
from shs.core.admin.steps import ReasonForm, StepData, StepForm, step
from shs.core.admin.tabs import Tab
from shs.core.context import current
from shs.core.dates import show_datetime
from shs.core.grants.table import holds
from shs.core.labels import Label
from shs.core.records.merge import last_merge
from shs.users import merge_preview, merges
from shs.users.admin.by_two import ByTwoScreen, waiting
from shs.users.admin.merging import compared, note_compared
from shs.users.merge_rules import DROPPED
from shs.users.models import PersonMerge, User
from shs.users.requests import UserRequest

Status = PersonMerge.Status


class AddedForm(StepForm):
    """Which of the rows that were added between are about the person who is apart again."""

    rows = forms.MultipleChoiceField(
        label=_("Entries of the person who was merged"),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("What is not ticked stays with the kept person."),
    )

    def prepare(self) -> None:
        named = [
            (one.key, f"{capfirst(str(one.row._meta.verbose_name))}: {one.row} · {show_datetime(one.when)}")
            for one in merges.added_rows(self.record)
        ]
        self.fields["rows"].choices = named  # type: ignore[attr-defined]  # a choice field


class UndoForm(ReasonForm):
    """Tells what returns."""

    def consequences(self) -> list[Label]:
        made = last_merge(self.record.dropped, timezone.now())
        if made is None:
            return [_("This merge cannot be undone any more.")]
        return [
            _("What was re-linked returns to %(number)s, as far as nobody has changed it since.")
            % {"number": self.record.dropped.patient_number},
            _("What was added since stays with %(number)s, and waits on this page for a decision.")
            % {"number": self.record.kept.patient_number},
        ]


@admin.register(PersonMerge)
class PersonMergeScreen(ByTwoScreen):
    """Requests to merge two people. They are made on the page that shows what would be merged."""

    icon = "merge"
    empty_text = _("Requests to merge two patient numbers of one person wait here for a second person.")
    list_display = ["who", "into", "asked_by", "asked_at", "status_label", "next_steps"]
    list_select_related = ["kept", "dropped", "asked_by", "decided_by"]
    search_fields = ["kept__name", "dropped__name"]
    search_help_text = _("Name of one of the two")
    tabs = [
        Tab("waiting", _("Waiting"), waiting),
        Tab("merged", _("Merged"), lambda user: Q(status=Status.CONFIRMED)),
        Tab("all", _("All"), lambda user: ~Q(pk__in=())),
    ]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("dropped", "kept"),
                    ("status_label", "reason"),
                    ("asked_by", "asked_at"),
                    ("decided_by", "decided_at"),
                ]
            },
        ),
        (_("What is merged"), {"fields": ["details"]}),
    ]
    readonly_fields = ["status_label", "details"]
    described_by = ("dropped", "kept", "asked_by", "asked_at")
    dialogs = {
        "confirm": {
            "text": _("Compare the two on the page of the request first. It can be undone for thirty days."),
            "done": _("Merged. The old number leads to the kept one."),
        },
        "decline": {
            "text": _("Both stay as they are. If they are two people, say so on the list of possible duplicates too.")
        },
    }

    def log_revealed(self, request: UserRequest, obj: PersonMerge) -> None:
        note_compared(request.user, obj.kept, obj.dropped)

    @display(description=_("Merged"), header=True)
    def who(self, row: PersonMerge) -> list[str]:
        return person(row.dropped.name, row.dropped.patient_number)

    @display(description=_("Into"), header=True)
    def into(self, row: PersonMerge) -> list[str]:
        return person(row.kept.name, row.kept.patient_number)

    @display(
        description=_("State"),
        ordering="status",
        label={
            str(Status.WAITING.label): "warning",
            str(Status.CONFIRMED.label): "success",
            str(Status.DECLINED.label): "danger",
            str(Status.UNDONE.label): "danger",
        },
    )
    def status_label(self, row: PersonMerge) -> Label:
        return row.get_status_display()

    @display(description=_("Details"))
    def details(self, row: PersonMerge) -> SafeString:
        """While it waits, what would be merged, for those who may merge people; then what was, and what was added
        since."""
        reader = getattr(current.get(), "user", None)
        context: dict[str, object] = {"request_": row}
        if row.status == Status.WAITING and reader is not None and holds(reader, "users.merge_user"):
            shown = merge_preview.preview(row.kept, row.dropped, timezone.now())
            taken = {key for key, side in row.choices.items() if side == DROPPED}
            context |= {
                "preview": shown,
                "facts": compared(reader, row.kept, row.dropped),
                "choices": [(one.label, one.dropped if one.key in taken else one.kept) for one in shown.questions],
                "obstacles": [(one.sentence, page_of(one.row) if one.row else "") for one in shown.obstacles],
            }
        elif row.status == Status.UNDONE:
            context["added"] = merges.added_rows(row)
        return SafeString(render_to_string("admin/users/merge_details.html", context))

    def confirm_request(self, row: PersonMerge, by: User, now: datetime) -> None:
        merges.confirm(request=row, by=by, now=now)

    def decline_request(self, row: PersonMerge, by: User, reason: str, now: datetime) -> None:
        merges.decline(request=row, by=by, reason=reason, now=now)

    def withdraw_request(self, row: PersonMerge, by: User, now: datetime) -> None:
        merges.withdraw(request=row, by=by, now=now)

    @step(
        "undo",
        _("Undo the merge…"),
        to=Status.UNDONE,
        form=UndoForm,
        danger=True,
        in_list=False,
        done=_("Undone. They are two people again."),
        keep_label=_("Keep them merged"),
    )
    def undo_merge(self, request: UserRequest, row: PersonMerge, data: StepData) -> None:
        left = merges.undo(request=row, by=request.user, reason=data["reason"], now=timezone.now())
        if left:
            words = ngettext(
                "%(count)d entry was added since. It stays with the kept person: decide about it here.",
                "%(count)d entries were added since. They stay with the kept person: decide about them here.",
                left,
            )
            messages.warning(request, words % {"count": left})

    @step(
        "undo",
        _("Assign new entries…"),
        form=AddedForm,
        in_list=False,
        done=_("Decided."),
        when=lambda row: row.has_added_open,
    )
    def settle(self, request: UserRequest, row: PersonMerge, data: StepData) -> None:
        merges.settle_added(request=row, keys=data["rows"], by=request.user, now=timezone.now())


def undo_url(row: PersonMerge) -> str:
    """The dialog that undoes a merge."""
    return reverse("admin:users_personmerge_step", args=(row.pk, "undo_merge"))


__all__: Sequence[str] = ["PersonMergeScreen", "undo_url", "waiting"]
