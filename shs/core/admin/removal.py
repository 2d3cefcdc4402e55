"""Deleting a row, and undoing that; archiving and merging rows of catalogues."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from shs.core.admin.base import Context
from shs.core.admin.forms import Choose
from shs.core.admin.rights import FieldSets, is_key
from shs.core.admin.site import ANY_STAFF, office
from shs.core.admin.steps import UNDO, ReasonForm, StepData, StepForm, StepPages, offered_on, step, with_undo
from shs.core.admin.tabs import Tab
from shs.core.bundles import with_bundles
from shs.core.caller import Member, MemberRequest
from shs.core.dates import show_datetime
from shs.core.errors import Refused, refusal_for
from shs.core.grants.table import everyone
from shs.core.labels import Label
from shs.core.records import merge as merging
from shs.core.records import references
from shs.core.records.archive import Archivable
from shs.core.records.models import Record

EXAMPLES = 3


class DeletePages(StepPages):
    """Mixin for screens: a row is deleted only if nothing refers to it, and whoever deleted it can undo that for thirty
    days."""

    instead_of_deleting: Label = ""
    """What to do with a row that is in use: the end of a sentence after a colon."""

    def delete_view(self, request: MemberRequest, object_id: str, extra_context: Context | None = None) -> HttpResponse:
        if not self._may(request, "delete"):
            raise PermissionDenied
        row = self.get_object(request, unquote(object_id))
        if row is None or not self.has_delete_permission(request, row):
            return with_bundles(super().delete_view(request, object_id, extra_context))
        try:
            references.require_unused(row, instead=str(self.instead_of_deleting))
            return with_bundles(super().delete_view(request, object_id, extra_context))
        except (IntegrityError, Refused) as error:
            refusal = error if isinstance(error, Refused) else refusal_for(error)
            if refusal is None:
                raise
            return self._refused(request, row, str(refusal.detail))

    def _refused(self, request: MemberRequest, row: Model, why: str) -> HttpResponse:
        """The page that says why the row cannot be deleted, with what can be done instead."""
        self.offer_steps(request, [row])
        context = {
            **self.admin_site.each_context(request),
            "title": _("“%(name)s” is not deleted") % {"name": row},
            "why": why,
            "offered_steps": [(offered, self.step_url(row, offered)) for offered in offered_on(row)],
            "back": self.url_of(row),
            "opts": self.opts,
        }
        return with_bundles(TemplateResponse(request, "admin/in_use.html", context))

    def delete_model(self, request: MemberRequest, obj: Model) -> None:
        references.delete(obj, instead=str(self.instead_of_deleting))

    @transaction.atomic
    def undo_deletion(self, request: MemberRequest, pk: str) -> Record:
        """Undo a deletion. Raises StepRefused (409), and 403 if the user might not delete the row any more."""
        row = references.restore(cast("type[Record]", self.model), pk, by=request.user, now=timezone.now())
        if not self.has_delete_permission(request, row):
            raise PermissionDenied
        return row

    def response_delete(self, request: MemberRequest, obj_display: str, obj_id: object) -> HttpResponse:
        """Back to the list, with an offer to undo."""
        words = _("“%(name)s” is deleted.") % {"name": obj_display}
        if issubclass(self.model, Record):
            undo = reverse("admin:restore", args=(self.opts.app_label, self.opts.model_name, obj_id))
            messages.success(request, with_undo(words, undo))
        else:
            messages.success(request, words)
        url = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        kept: dict[str, Any] = {"preserved_filters": self.get_preserved_filters(request), "opts": self.opts}
        return HttpResponseRedirect(add_preserved_filters(kept, url))


def restore_view(request: MemberRequest, app: str, name: str, pk: str) -> HttpResponse:
    """Undo a deletion of one's own: GET asks, POST restores the row."""
    screen = next((one for model, one in office._registry.items() if model._meta.label_lower == f"{app}.{name}"), None)
    if not isinstance(screen, DeletePages) or not screen.has_delete_permission(request) or not is_key(screen.model, pk):
        raise Http404
    model = cast("type[Record]", screen.model)
    if not issubclass(model, Record):
        raise Http404
    now = timezone.now()
    line = references.deletion(model, pk, by=request.user, now=now)
    if line is None:
        raise Http404
    url = reverse(f"admin:{app}_{name}_changelist")
    if request.method == "POST":
        try:
            row = screen.undo_deletion(request, pk)
        except (IntegrityError, Refused) as error:
            refusal = error if isinstance(error, Refused) else refusal_for(error)
            if refusal is None:
                raise
            messages.error(request, str(refusal.detail))
        else:
            messages.success(request, _("“%(name)s” has been restored.") % {"name": row})
            url = reverse(f"admin:{app}_{name}_change", args=(row.pk,))
        return HttpResponseRedirect(url)
    context = {
        **office.each_context(request),
        "title": _("Undo the deletion of “%(name)s”?") % {"name": line.instance},
        "deleted_at": line.history_date,
        "opts": model._meta,
        "list_url": url,
    }
    return TemplateResponse(request, "admin/restore.html", context)


office.add_page("deleted/<slug:app>/<slug:name>/<path:pk>/", restore_view, name="restore", needs=ANY_STAFF)


def _in_use(user: Member) -> Q:
    return Q(archived_at__isnull=True)


def _archived(user: Member) -> Q:
    return Q(archived_at__isnull=False)


class ArchivePages(DeletePages):
    """Mixin for screens of catalogues: rows that are in use are archived."""

    instead_of_deleting = gettext_lazy("archive it.")
    tabs = [
        Tab("used", gettext_lazy("In use"), _in_use),
        Tab("archived", gettext_lazy("Archived"), _archived),
        Tab("all", gettext_lazy("All"), everyone),
    ]

    def get_fieldsets(self, request: MemberRequest, obj: Model | None = None) -> FieldSets:
        fieldsets: FieldSets = super().get_fieldsets(request, obj)
        if isinstance(obj, Archivable) and obj.is_archived:
            return [(gettext_lazy("Archived"), {"fields": ["archived_words"]}), *fieldsets]
        return fieldsets

    def get_readonly_fields(self, request: MemberRequest, obj: Model | None = None) -> list[str]:
        return [*super().get_readonly_fields(request, obj), "archived_words"]

    @display(description=gettext_lazy("State"))
    def archived_words(self, row: Archivable) -> str:
        """Since when it is archived, and what is used in its place."""
        if row.archived_at is None:
            return "–"
        when = {"time": show_datetime(row.archived_at)}
        if row.merged_into is None:
            return _("Since %(time)s. It stays where it is used, but can no longer be chosen.") % when
        words = _("Merged at %(time)s into %(link)s.") % {**when, "link": "{}"}
        link = format_html('<a href="{}">{}</a>', self.url_of(row.merged_into), row.merged_into)
        return format_html(words, link)

    @step(
        "archive",
        gettext_lazy("Archive…"),
        form=ReasonForm,
        text=gettext_lazy("It stays where it is used, but can no longer be chosen."),
        in_list=False,
        when=lambda row: not row.is_archived,
    )
    def archive(self, request: MemberRequest, row: Archivable, data: StepData) -> None:
        row.archive(reason=data["reason"], now=timezone.now())
        request.META[UNDO] = self.step_url(row, self.steps()["unarchive"])

    @step(
        "archive",
        gettext_lazy("Unarchive"),
        done=gettext_lazy("It can be chosen again."),
        in_list=False,
        when=lambda row: row.is_archived and row.merged_into_id is None,
    )
    def unarchive(self, request: MemberRequest, row: Archivable, data: StepData) -> None:
        row.unarchive(reason=_("used again"))


class MergeForm(StepForm):
    """What to merge into. First shows what will be re-linked, then asks again."""

    seen = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=500, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2})
    )

    def prepare(self) -> None:
        user = cast(Member, self.user)
        into = Choose(type(self.record), "merge", label=gettext_lazy("Merge into"))
        into.offer(user)
        into.queryset = cast("QuerySet[Model]", into.queryset).exclude(pk=self.record.pk)
        self.fields = {"into": into, **self.fields}

    def clean(self) -> dict[str, object] | None:
        data = super().clean()
        into = self.cleaned_data.get("into")
        if into is not None and self.cleaned_data.get("seen") != str(into.pk) and not self.errors:
            typed = cast(QueryDict, self.data).copy()
            typed["seen"] = str(into.pk)
            self.data = typed
            raise ValidationError(_("Nothing is merged yet: read what will change, then confirm."))
        return data

    def consequences(self) -> list[Label]:
        into = getattr(self, "cleaned_data", {}).get("into")
        found = references.references(self.record)
        if into is None:
            return [_consequence(one, cast(Member, self.user), self.record) for one in found]
        words = [_consequence(one, cast(Member, self.user), self.record, into) for one in found]
        return [
            *words,
            _("“%(name)s” is archived. Searches for it find “%(into)s”.") % {"name": self.record, "into": into},
            _("You can undo this for thirty days."),
        ]


def _consequence(found: references.Reference, user: Member, row: Archivable, into: Archivable | None = None) -> str:
    """What happens to the rows of one reference, with examples that `user` may see."""
    if not found.link.is_relation:
        words = _("%(what)s stay with the merged entry, so that nobody gains rights by the merge.")
    elif into is not None:
        words = _("%(what)s: from now on with “%(into)s”.")
    else:
        words = _("%(what)s will be re-linked.")
    named = found.examples(user, row, EXAMPLES)
    what = f"{found} ({', '.join(named)}{', …' if len(named) < found.count else ''})" if named else str(found)
    return words % {"what": what, "into": into}


class UndoMergeForm(StepForm):
    """Tells what returns."""

    def consequences(self) -> list[Label]:
        made = merging.last_merge(self.record, timezone.now())
        if made is None:
            return [_("This merge cannot be undone any more.")]
        words = {"number": made.count, "name": self.record, "into": self.record.merged_into}
        told = ngettext(
            "%(number)s entry was re-linked: if it is still with “%(into)s”, it returns to “%(name)s”.",
            "%(number)s entries were re-linked: those that are still with “%(into)s” return to “%(name)s”.",
            made.count,
        )
        return [told % words]


class MergePages(ArchivePages):
    """Mixin for screens of catalogues whose rows can be merged."""

    instead_of_deleting = gettext_lazy("merge it into another, or archive it.")

    def relinked(self, done: merging.Relinked) -> None:
        """Update what follows from the rows that were re-linked."""

    @step(
        "merge",
        gettext_lazy("Merge…"),
        form=MergeForm,
        text=gettext_lazy("All that refers to this entry will refer to another one."),
        in_list=False,
        when=lambda row: not row.is_archived,
    )
    def merge(self, request: MemberRequest, row: Archivable, data: StepData) -> None:
        done = merging.merge(row, data["into"], by=request.user, reason=data["reason"], now=timezone.now())
        self.relinked(done)
        request.META[UNDO] = self.step_url(row, self.steps()["undo_merge"])

    @step(
        "merge",
        gettext_lazy("Undo the merge…"),
        form=UndoMergeForm,
        in_list=False,
        when=lambda row: row.merged_into_id is not None,
    )
    def undo_merge(self, request: MemberRequest, row: Archivable, data: StepData) -> None:
        done = merging.undo(row, by=request.user, reason=_("merge undone"), now=timezone.now())
        self.relinked(done)
        if done.left:
            words = ngettext(
                "%(count)s entry has been changed since the merge, and stays as it is.",
                "%(count)s entries have been changed since the merge, and stay as they are.",
                done.left,
            )
            messages.warning(request, words % {"count": done.left})
