"""The page "Merged and deleted": what can still be undone, for whoever may merge or delete."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.contrib import admin
from django.db.models import CASCADE, CharField, Exists, ForeignKey, Model, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shs.audit.naming import names, title_field
from shs.core.admin.removal import DeletePages, MergePages
from shs.core.admin.rights import Field
from shs.core.admin.site import ANY_STAFF, office
from shs.core.caller import Member, MemberRequest
from shs.core.grants.table import may_all, may_ever
from shs.core.labels import Label
from shs.core.records.merge import Merge
from shs.core.records.models import Record
from shs.core.records.references import RESTORED_FOR
from shs.users.models import PersonMerge

MOST_LISTED = 100


class Undoable(NamedTuple):
    """A merge or a deletion. `url` leads to the dialog that undoes it; empty for whoever may not."""

    kind: str
    name: str
    into: str
    by: Label
    at: datetime
    until: datetime
    url: str


def _screens(user: Member, kind: type[DeletePages], action: str) -> dict[type[Model], DeletePages]:
    """The screens on which `user` may do `action` to some rows."""
    found = {model: screen for model, screen in admin.site._registry.items() if isinstance(screen, kind)}
    return {model: screen for model, screen in found.items() if may_ever(user, model, action)}


def may_undo_some(user: Member) -> bool:
    """Whether `user` may merge or delete anything."""
    return bool(_screens(user, DeletePages, "delete")) or may_ever(user, PersonMerge, "undo")


def merges(user: Member, now: datetime) -> list[Undoable]:
    """The newest merges that can be undone, of rows that `user` may merge. Three queries."""
    screens = {model._meta.label_lower: screen for model, screen in _screens(user, MergePages, "merge").items()}
    listed = [_person(one) for one in _of_people(user, now)]
    rows = Merge.objects.unrestricted("only those of models whose rows the user may merge").filter(
        model__in=screens, undone_at__isnull=True, merged_at__gt=now - RESTORED_FOR
    )
    found = list(rows.select_related("merged_by").order_by("-merged_at", "-pk")[:MOST_LISTED])
    known = names((screens[one.model].model, str(key)) for one in found for key in (one.merged, one.into))
    for one in found:
        model, step = screens[one.model].model, f"admin:{one.model.replace('.', '_')}_step"
        listed.append(
            Undoable(
                capfirst(str(model._meta.verbose_name)),
                known[model, str(one.merged)].text,
                known[model, str(one.into)].text,
                one.merged_by.name,
                one.merged_at,
                one.merged_at + RESTORED_FOR,
                reverse(step, args=(one.merged, "undo_merge")),
            )
        )
    return sorted(listed, key=lambda one: one.at, reverse=True)[:MOST_LISTED]


def _of_people(user: Member, now: datetime) -> list[PersonMerge]:
    """The newest merges of people that `user` may undo. One query."""
    rows = PersonMerge.objects.allowed(user, "undo").filter(
        status=PersonMerge.Status.CONFIRMED, decided_at__gt=now - RESTORED_FOR
    )
    return list(rows.select_related("kept", "dropped", "decided_by").order_by("-pk")[:MOST_LISTED])


def _person(one: PersonMerge) -> Undoable:
    at = one.decided_at or one.asked_at
    return Undoable(
        capfirst(gettext("person")),
        f"{one.dropped.name}, {one.dropped.patient_number}",
        f"{one.kept.name}, {one.kept.patient_number}",
        one.decided_by.name if one.decided_by else "",
        at,
        at + RESTORED_FOR,
        reverse("admin:users_personmerge_step", args=(one.pk, "undo_merge")),
    )


def deletions(user: Member, now: datetime) -> list[Undoable]:
    """The newest deletions of rows that are not there again: of all that `user` sees completely, and otherwise their
    own. Who deleted a row can undo that. One query."""
    models = [model for model in _screens(user, DeletePages, "delete") if issubclass(model, Record)]
    if not models:
        return []
    by_label = {model._meta.label: model for model in models}
    first, *rest = (_deleted(model, user, now) for model in models)
    listed = []
    for label, key, title, by, by_id, at in first.union(*rest, all=True).order_by("-history_date")[:MOST_LISTED]:
        options = by_label[label]._meta
        url = reverse("admin:restore", args=(options.app_label, options.model_name, key)) if by_id == user.pk else ""
        kind, who = capfirst(str(options.verbose_name)), by or _("automatic")
        listed.append(Undoable(kind, title or "", "", who, at, at + RESTORED_FOR, url))
    return listed


def owners(model: type[Record]) -> Iterator[tuple[Field, type[Record]]]:
    """The foreign keys of `model` to the rows with which its rows are deleted."""
    for field in model._meta.concrete_fields:
        owner = field.related_model
        is_part = isinstance(field, ForeignKey) and field.remote_field.on_delete is CASCADE
        if is_part and isinstance(owner, type) and issubclass(owner, Record):
            yield field, owner


def owner_name(model: type[Record]) -> str:
    """The path to the name of what a row of `model` is of, such as the doctor of working hours; empty if there is
    none."""
    for field in model._meta.concrete_fields:
        of = field.related_model if isinstance(field, ForeignKey) else None
        if isinstance(of, type) and (name := title_field(of)):
            return f"{field.name}__{name}"
    return ""


Line = tuple[str, str, str, str, int, datetime]
"""Model, key, name, who deleted it, their id, and when."""


def _deleted(model: type[Record], user: Member, now: datetime) -> QuerySet[Record, Line]:
    """The last lines of deleted rows of one model, since RESTORED_FOR, without those that were deleted with the row to
    which they belonged: they return with it. A row without a name is told by whom or what it is of."""
    history = model.history.unrestricted("who deleted it and when, to those who may undo that")
    key, title = model._meta.pk.attname, title_field(model) or owner_name(model)
    rows = history.filter(history_type="-", history_date__gt=now - RESTORED_FOR)
    if not may_all(user, model, "view"):
        rows = rows.filter(history_user=user.pk)
    for field, owner in owners(model):
        gone = owner.history.unrestricted("whether it was deleted").filter(
            history_type="-", history_request=OuterRef("history_request")
        )
        rows = rows.filter(
            Q(history_request="") | ~Exists(gone.filter(**{owner._meta.pk.attname: OuterRef(field.attname)}))
        )
    later = history.filter(**{key: OuterRef(key)}, history_id__gt=OuterRef("history_id"))
    lines: QuerySet[Record, Line] = (
        rows.filter(~Exists(later))
        .order_by()
        .values_list(
            Value(model._meta.label, output_field=TextField()),
            Cast(key, CharField()),
            Cast(title, TextField()) if title else Value("", output_field=TextField()),
            "history_user__name",
            "history_user_id",
            "history_date",
        )
    )
    return lines


def undoing_page(request: MemberRequest) -> HttpResponse:
    """What was merged and deleted in the last thirty days, with Undo."""
    now = timezone.now()
    context = {
        **office.each_context(request),
        "title": _("Merged and deleted"),
        "parts": [
            (_("Merged"), merges(request.user, now), _("Nothing was merged in the last thirty days.")),
            (_("Deleted"), deletions(request.user, now), _("Nothing was deleted in the last thirty days.")),
        ],
    }
    return TemplateResponse(request, "admin/audit/undoing.html", context)


office.add_page("undo/", undoing_page, name="undoing", needs=ANY_STAFF)
