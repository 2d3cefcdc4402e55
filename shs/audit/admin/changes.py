"""The auditors' page of changes: for any record who changed what, when, why, and the values before and after."""

import csv
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import TypedDict, cast
from urllib.parse import urlencode

from django import forms
from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from shs.audit.changes import Change, Difference, Field, Wanted, changes, kept_models, owner_column
from shs.core.admin.forms import validate_year
from shs.core.admin.resources import safe_cell
from shs.core.admin.screen import Screen
from shs.core.admin.site import office
from shs.core.dates import shown
from shs.core.grants.table import require
from shs.core.labels import Label
from shs.core.reads.log import log_read, log_reads
from shs.core.reads.models import ReadLog
from shs.core.records.privacy import Clinical
from shs.users.models import User
from shs.users.requests import UserRequest

PAGE_SIZE = 25
EXPORT_ROWS = 5000
VERBS = {"+": _("added"), "~": _("changed"), "-": _("deleted")}
MOST_PEOPLE = 200


class SearchForm(forms.Form):
    """Filters of the page; empty fields do not filter."""

    who = forms.CharField(
        label=_("Changed by"), max_length=150, required=False, widget=UnfoldAdminTextInputWidget, strip=True
    )
    subject = forms.CharField(
        label=_("Patient or person"), max_length=150, required=False, widget=UnfoldAdminTextInputWidget, strip=True
    )
    kind = forms.ChoiceField(label=_("What"), required=False, widget=UnfoldAdminSelectWidget)
    row = forms.CharField(label=_("Record number"), max_length=18, required=False, widget=UnfoldAdminTextInputWidget)
    verb = forms.ChoiceField(
        label=_("How"), required=False, choices=[("", _("any change")), *VERBS.items()], widget=UnfoldAdminSelectWidget
    )
    since = forms.DateField(label=_("From"), required=False, widget=UnfoldAdminDateWidget, validators=[validate_year])
    until = forms.DateField(label=_("To"), required=False, widget=UnfoldAdminDateWidget, validators=[validate_year])
    request = forms.CharField(label=_("Request"), max_length=32, required=False, widget=UnfoldAdminTextInputWidget)
    before = forms.RegexField(
        r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?\+00:00\|[a-z_]+\.[A-Za-z]+\|\d{1,18}$",
        max_length=120,
        required=False,
        widget=forms.HiddenInput,
    )

    def __init__(self, data: Mapping[str, str], *, user: User) -> None:
        super().__init__(data)
        kinds = sorted((str(capfirst(model._meta.verbose_name)), model._meta.label) for model in kept_models(user))
        kind = cast(forms.ChoiceField, self.fields["kind"])
        kind.choices = [("", _("every record")), *((label, name) for name, label in kinds)]

    def clean_before(self) -> str:
        place = str(self.cleaned_data["before"])
        if place:
            try:
                datetime.fromisoformat(place.split("|")[0])
            except ValueError:
                raise forms.ValidationError(_("This page does not exist.")) from None
        return place

    def wanted(self) -> Wanted:
        """The filters of a valid form."""
        data = self.cleaned_data
        return Wanted(
            kind=data["kind"],
            verb=data["verb"],
            row=data["row"],
            request=data["request"],
            people=_people(data["who"]),
            subjects=_people(data["subject"]),
            since=_midnight(data["since"]),
            until=_midnight(data["until"] + timedelta(days=1)) if data["until"] else None,
            before=data["before"],
        )


class PurposeForm(forms.Form):
    """The purpose of an export, stored in the read log."""

    purpose = forms.CharField(label=_("Purpose"), max_length=255, widget=UnfoldAdminTextInputWidget, strip=True)


def _people(words: str) -> list[int] | None:
    """The ids of users with this e-mail address or with this text in their name; None if the field is empty."""
    if not words:
        return None
    people = User.objects.unrestricted("the page is for those who audit everybody")
    rows = people.by_email(words) if "@" in words else people.filter(name__icontains=words)
    return list(rows.values_list("pk", flat=True)[:MOST_PEOPLE])


def _midnight(day: date | None) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, time.min)) if day else None


def changes_page(request: UserRequest) -> HttpResponse:
    """All changes, newest first; POST exports the filtered changes as a file."""
    form = SearchForm(request.GET or {}, user=request.user)
    found = changes(request.user, form.wanted(), limit=PAGE_SIZE + 1) if form.is_valid() else []
    purpose = PurposeForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and purpose.is_valid():
        require(request.user, "core.export_readlog")
        return _file(request, form.wanted(), purpose.cleaned_data["purpose"])
    shown = found[:PAGE_SIZE]
    _log(request, shown)
    query = {key: value for key, value in request.GET.items() if key in form.fields and key != "before" and value}
    older = urlencode({**query, "before": shown[-1].place}) if len(found) > PAGE_SIZE else ""
    context = {
        **admin.site.each_context(request),
        "title": _("Changes"),
        "form": form,
        "purpose": purpose,
        "lines": _shown(request, shown),
        "older": older,
        "newest": urlencode(query) if request.GET.get("before") else None,
        "is_narrowed": bool(query),
        "may_export": request.user.has_perm("core.export_readlog"),
    }
    return TemplateResponse(request, "admin/audit/changes.html", context)


def _log(request: UserRequest, found: list[Change]) -> None:
    """Log the changes shown as a read of the records, one line for each person they are about."""
    about: dict[int, list[int]] = {}
    through = _patients_through_keys(found)
    for change in found:
        own = change.subject if owner_column(change.model) == "patient_id" else None
        if patient := own or through.get((change.kind, change.row)):
            about.setdefault(patient, []).append(int(change.row))
    log_reads(
        request.user, what="changes", rows=[(pk, ids, ReadLog.Basis.DUTY) for pk, ids in about.items()], note="history"
    )


def _patients_through_keys(found: list[Change]) -> dict[tuple[str, str], int]:
    """(model label, key) → patient, of clinical rows whose patient is found through a parent row, such as a
    prescription's line. One query a model; the row itself may have been deleted."""
    patients: dict[tuple[str, str], int] = {}
    for kind in {change.kind for change in found}:
        privacy = apps.get_model(kind).privacy
        key, _sep, rest = privacy.patient.partition("__") if isinstance(privacy, Clinical) else ("", "", "")
        if not rest:
            continue
        field = apps.get_model(kind)._meta.get_field(key)
        parents = {change.row: change.became[field.attname] for change in found if change.kind == kind}
        rows = field.related_model._default_manager.unrestricted("whose reading is logged")
        named = dict(rows.filter(pk__in=parents.values()).values_list("pk", rest))
        patients |= {(kind, row): named[parent] for row, parent in parents.items() if parent in named}
    return patients


class Shown(TypedDict):
    """A change as the page shows it; `fields` are the label of each, its value before, and after."""

    change: Change
    what: str
    who: Label
    subject: str | None
    verb: Label
    url: str
    fields: list[tuple[str, str, str]]


def _shown(request: UserRequest, found: list[Change]) -> list[Shown]:
    """The lines for the page, with the names of users, which take one query."""
    hidden = {change.kind: _concealed(request, change.model) for change in found}
    differences = [(change, change.differences(hidden[change.kind])) for change in found]
    names = _names(differences)
    return [
        {
            "change": change,
            "what": capfirst(str(change.model._meta.verbose_name)),
            "who": names.get(change.who) or _("automatic"),
            "subject": names.get(change.subject),
            "verb": VERBS[change.verb],
            "url": _page_of(change),
            "fields": [
                (capfirst(field.verbose_name), _said(field, before, names), _said(field, after, names))
                for field, before, after in fields
            ],
        }
        for change, fields in differences
    ]


def _concealed(request: UserRequest, model: type[Model]) -> set[str]:
    """The fields of a model that its own screen hides from this user."""
    screen = admin.site._registry.get(model)
    return screen.concealed(request) if isinstance(screen, Screen) else set()


def _names(differences: Iterable[tuple[Change, list[Difference]]]) -> dict[int | None, str]:
    wanted: set[object] = set()
    for change, fields in differences:
        wanted |= {change.who, change.subject}
        for field, before, after in fields:
            if field.related_model is User:
                wanted |= {before, after}
    return dict(
        User.objects.unrestricted("names in changes that are shown")
        .filter(pk__in=wanted - {None})
        .values_list("pk", "name")
    )


def _said(field: Field, value: object, names: dict[int | None, str]) -> str:
    """A column's value as text."""
    if value in (None, ""):
        return "–"
    if field.related_model is User:
        return names.get(cast(int, value), f"#{value}")
    if field.is_relation:
        return f"#{value}"
    choices = dict(field.flatchoices)
    if choices:
        return str(choices.get(value, value))
    if field.get_internal_type() == "BooleanField":
        return str(_("Yes") if value else _("No"))
    read = READERS.get(field.get_internal_type())
    return shown(read(str(value))) if read else str(value)


def _instant(text: str) -> datetime:
    """SQLite stores an instant without a zone; it is UTC."""
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


READERS: dict[str, Callable[[str], date | time]] = {
    "DateTimeField": _instant,
    "DateField": date.fromisoformat,
    "TimeField": time.fromisoformat,
}
"""Field class → function that reads its values from the history's JSON."""


def _page_of(change: Change) -> str:
    """The URL of the record's history on the screen of its model."""
    if change.model not in admin.site._registry or change.verb == "-":
        return ""
    options = change.model._meta
    return reverse(f"admin:{options.app_label}_{options.model_name}_history", args=(change.row,))


def _file(request: UserRequest, wanted: Wanted, purpose: str) -> HttpResponse:
    """The filtered changes as CSV, at most EXPORT_ROWS lines; logged with the purpose."""
    found = changes(request.user, wanted._replace(before=""), limit=EXPORT_ROWS)
    log_read(request.user, what="export changes", ids=[change.line for change in found], note=purpose)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="changes.csv"'
    writer = csv.writer(response)
    writer.writerow(["when", "who", "how", "what", "number", "changes", "reason", "from", "request"])
    for line in _shown(request, found):
        change = line["change"]
        said = "; ".join(f"{name}: {before} → {after}" for name, before, after in line["fields"])
        cells = [timezone.localtime(change.at).isoformat(timespec="seconds"), line["who"], line["verb"], line["what"]]
        cells += [change.row, said, change.reason or "", change.address, change.request]
        writer.writerow([safe_cell(str(cell)) for cell in cells])
    return response


office.add_page("changes/", changes_page, name="changes", needs="core.view_readlog")
