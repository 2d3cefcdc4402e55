"""The auditors' page of changes: for any record who changed what, when, why, and the values before and after."""

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from html import unescape
from typing import NamedTuple, cast
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.db.models import ForeignKey, Model, Value
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from shs.audit.changes import (
    RECENT,
    REQUEST_LASTS,
    Change,
    Difference,
    Field,
    Wanted,
    changes,
    kept_models,
    owner_column,
)
from shs.audit.entries import Entry, entries
from shs.audit.naming import Named, Row, named, names, title_field
from shs.audit.sentences import duty_sentence, is_duty, is_right, rows_of, sentence
from shs.core.admin.addresses import address_of
from shs.core.admin.forms import DayField, validate_year
from shs.core.admin.screen import Screen
from shs.core.admin.sheets import safe_cell
from shs.core.admin.site import office
from shs.core.admin.wording import json_in_words
from shs.core.dates import instant, midnight, shown
from shs.core.grants.table import holds, require
from shs.core.labels import Label
from shs.core.reads.log import log_read, log_reads
from shs.core.reads.models import ReadLog
from shs.core.records.models import Record
from shs.core.records.privacy import Clinical
from shs.users.finding import found_as_person
from shs.users.models import User
from shs.users.requests import UserRequest

PLACE = {"before", "without"}
"""The fields that say where the page begins."""
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
    since = DayField(label=_("From"), required=False, widget=UnfoldAdminDateWidget, validators=[validate_year])
    until = DayField(label=_("To"), required=False, widget=UnfoldAdminDateWidget, validators=[validate_year])
    request = forms.CharField(label=_("Request"), max_length=32, required=False, widget=UnfoldAdminTextInputWidget)
    before = forms.RegexField(
        r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?\+00:00\|[a-z_]+\.[A-Za-z]+\|\d{1,18}$",
        max_length=120,
        required=False,
        widget=forms.HiddenInput,
    )

    without = forms.RegexField(
        r"^[0-9a-f]{1,32}(,[0-9a-f]{1,32}){0,9}$", max_length=400, required=False, widget=forms.HiddenInput
    )

    def __init__(self, data: Mapping[str, str], *, user: User) -> None:
        super().__init__(data)
        self.user = user
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

    @property
    def is_recent(self) -> bool:
        """Whether only the changes of the last days are looked for, because no index finds these, and no day was
        entered."""
        data = self.cleaned_data
        found_by_index = data["row"] or data["who"] or data["subject"]
        return bool(data["verb"] or data["request"]) and not found_by_index and not data["since"]

    def wanted(self) -> Wanted:
        """The filters of a valid form."""
        data = self.cleaned_data
        since = midnight(data["since"]) if data["since"] else None
        until = midnight(data["until"] + timedelta(days=1)) if data["until"] else None
        if self.is_recent:
            since = (until or timezone.now()) - RECENT
        elif since and until and data["request"]:  # a request can last over midnight
            since, until = since - REQUEST_LASTS, until + REQUEST_LASTS
        return Wanted(
            kind=data["kind"],
            verb=data["verb"],
            row=data["row"],
            request=data["request"],
            people=_people(data["who"], self.user),
            subjects=_people(data["subject"], self.user),
            since=since,
            until=until,
            before=data["before"],
            without=tuple(filter(None, data["without"].split(","))),
        )


class PurposeForm(forms.Form):
    """The purpose of an export, stored in the read log."""

    purpose = forms.CharField(label=_("Purpose"), max_length=255, widget=UnfoldAdminTextInputWidget, strip=True)


def _people(words: str, viewer: User) -> list[int] | None:
    """The ids of users with this e-mail address, or whom `viewer` finds by these words as in the list of people; None
    if the field is empty."""
    if not words:
        return None
    people = User.objects.unrestricted("the page is for those who audit everybody").order_by()
    if "@" in words:
        found = people.by_email(words)
    else:
        wanted = found_as_person(viewer, words, nearly=False)
        found = people.filter(wanted) if wanted is not None else people.none()
    return list(found.values_list("pk", flat=True)[:MOST_PEOPLE])


def changes_page(request: UserRequest) -> HttpResponse:
    """All changes, newest first; POST exports the filtered changes as a file."""
    form = SearchForm(request.GET or {}, user=request.user)
    found, older = entries(request.user, form.wanted()) if form.is_valid() else ([], None)
    purpose = PurposeForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and purpose.is_valid():
        require(request.user, "core.export_readlog")
        return _file(request, form.wanted(), purpose.cleaned_data["purpose"])
    _log(request, [change for entry in found for change in entry.lines])
    query = {key: value for key, value in request.GET.items() if key in form.fields and key not in PLACE and value}
    context = {
        **admin.site.each_context(request),
        "title": _("Changes"),
        "form": form,
        "purpose": purpose,
        "entries": _entries(request, found),
        "older": urlencode({**query, "before": older.before, "without": ",".join(older.without)}) if older else "",
        "newest": urlencode(query) if request.GET.get("before") else None,
        "is_narrowed": bool(query),
        "recent_days": RECENT.days if form.is_valid() and form.is_recent else 0,
        "may_export": holds(request.user, "core.export_readlog"),
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
    prescription's line. At most one query; the row itself may have been deleted."""
    parents: dict[tuple[type[Record], str], dict[tuple[str, str], object]] = {}
    for change in found:
        privacy = change.model.privacy  # type: ignore[attr-defined]  # of every Record
        key, _sep, rest = privacy.patient.partition("__") if isinstance(privacy, Clinical) else ("", "", "")
        if rest:
            field = cast("ForeignKey[Record, Record]", change.model._meta.get_field(key))
            rows = parents.setdefault((cast("type[Record]", field.related_model), rest), {})
            rows[change.kind, change.row] = change.became[field.attname]
    if not parents:
        return {}
    asked = [
        model.objects.unrestricted("whose reading is logged")
        .filter(pk__in=rows.values())
        .order_by()
        .values_list(Value(number), "pk", rest)
        for number, ((model, rest), rows) in enumerate(parents.items())
    ]
    named = {(number, pk): patient for number, pk, patient in asked[0].union(*asked[1:], all=True)}
    return {
        row: named[number, parent]
        for number, rows in enumerate(parents.values())
        for row, parent in rows.items()
        if (number, parent) in named
    }


class Shown(NamedTuple):
    """A change as the page shows it. `sentence`: a change of a right in words; `fields`: the label of each changed
    field, its value before, and after."""

    change: Change
    what: Named
    who: Label
    subject: str
    verb: Label
    sentence: str
    fields: list[tuple[str, Named, Named]]


class ShownEntry(NamedTuple):
    """An entry as the page shows it. `summary`: what its changes did, in order of time; `more`: how many of its changes
    are not on the page; `subject`: the person whom all are about, if it is one."""

    first: Shown
    lines: list[Shown]
    total: int
    summary: str
    more: int
    subject: str


def _shown(request: UserRequest, found: list[Change]) -> list[Shown]:
    """The changes for the page, with the names of the rows that they mention, in one query."""
    hidden = {change.kind: _concealed(request, change.model) for change in found}
    differences = [(change, change.differences(hidden[change.kind])) for change in found]
    known = names(row for change, fields in differences for row in _mentioned(change, fields))
    return [_line(change, fields, known) for change, fields in differences]


def _line(change: Change, fields: list[Difference], known: Mapping[Row, Named]) -> Shown:
    return Shown(
        change,
        _name_of(change),
        known[User, str(change.who)].text if change.who else _("automatic"),
        known[User, str(change.subject)].text if change.subject else "",
        VERBS[change.verb],
        sentence(change, known) if is_right(change) else duty_sentence(change) if is_duty(change) else "",
        [
            (capfirst(field.verbose_name), _said(field, before, known), _said(field, after, known))
            for field, before, after in fields
        ],
    )


def _entries(request: UserRequest, found: list[Entry]) -> list[ShownEntry]:
    lines = iter(_shown(request, [change for entry in found for change in entry.lines]))
    shown = []
    for entry in found:
        own = [next(lines) for _change in entry.lines]
        shown.append(ShownEntry(own[-1], own, entry.total, _summary(own), entry.total - len(own), _one_of(own)))
    return shown


def _one_of(lines: list[Shown]) -> str:
    subjects = {line.subject for line in lines}
    return subjects.pop() if len(subjects) == 1 else ""


def _summary(lines: list[Shown]) -> str:
    """What the changes of an entry did: "Appointment added, 2 × Notice added"."""
    counted = Counter((capfirst(str(line.change.model._meta.verbose_name)), str(line.verb)) for line in reversed(lines))
    times = [(f"{number} × " if number > 1 else "") + f"{what} {verb}" for (what, verb), number in counted.items()]
    return ", ".join(times)


def _mentioned(change: Change, fields: list[Difference]) -> Iterator[Row]:
    """The rows that are named where the change is shown."""
    yield from ((User, str(pk)) for pk in (change.who, change.subject) if pk)
    for field, before, after in fields:
        if field.related_model:
            yield from ((field.related_model, str(key)) for key in (before, after) if key not in (None, ""))
    if is_right(change):
        yield from rows_of(change)


def _name_of(change: Change) -> Named:
    """The kind of the changed record with its name, if it has one, and the address of its history."""
    kind = capfirst(str(change.model._meta.verbose_name))
    title = change.became.get(title_field(change.model)) or ""
    return Named(f"{kind} {title}".strip(), _history_of(change))


def _concealed(request: UserRequest, model: type[Model]) -> set[str]:
    """The fields of a model that its own screen hides from this user."""
    screen = admin.site._registry.get(model)
    return screen.concealed(request) if isinstance(screen, Screen) else set()


def _said(field: Field, value: object, known: Mapping[Row, Named]) -> Named:
    """A column's value as text, with the address of the row that it names."""
    if value in (None, ""):
        return Named("–")
    if field.related_model:
        return named(known, field.related_model, value)
    choices = dict(field.flatchoices)
    if choices:
        return Named(str(choices.get(value, value)))
    if field.get_internal_type() == "BooleanField":
        return Named(str(_("Yes") if value else _("No")))
    if field.get_internal_type() == "JSONField":
        kept = json.loads(value) if isinstance(value, str) else value  # SQLite keeps it as text
        return Named(json_in_words(kept))
    read = READERS.get(field.get_internal_type())
    return Named(shown(read(str(value))) if read else str(value))


READERS: dict[str, Callable[[str], date | time]] = {
    "DateTimeField": instant,
    "DateField": date.fromisoformat,
    "TimeField": time.fromisoformat,
}
"""Field class → function that reads its values from the history's JSON."""


def _history_of(change: Change) -> str:
    """The URL of the record's history on the screen of its model."""
    return "" if change.verb == "-" else address_of(change.model, "history", change.row)


def _file(request: UserRequest, wanted: Wanted, purpose: str) -> HttpResponse:
    """The filtered changes as CSV, at most EXPORT_ROWS lines; logged with the purpose."""
    found = changes(request.user, wanted._replace(before=""), limit=EXPORT_ROWS)
    log_read(request.user, what="export changes", ids=[change.line for change in found], note=purpose)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="changes.csv"'
    response.write("\ufeff")  # without it a spreadsheet takes Bangla for another script
    writer = csv.writer(response)
    writer.writerow(["when", "who", "how", "what", "number", "changes", "reason", "from", "request"])
    for line in _shown(request, found):
        change = line.change
        fields = "; ".join(f"{name}: {before.text} → {after.text}" for name, before, after in line.fields)
        said = unescape(strip_tags(line.sentence)) or fields
        cells = [timezone.localtime(change.at).isoformat(timespec="seconds"), line.who, line.verb, line.what.text]
        cells += [change.row, said, change.said_reason, change.address, change.request]
        writer.writerow([safe_cell(str(cell)) for cell in cells])
    return response


office.add_page("changes/", changes_page, name="changes", needs="core.view_readlog")
