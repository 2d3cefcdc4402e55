"""The base of every admin screen. It closes the doors that the packages leave open (a system check refuses a model that
is registered without it), and asks the grant table for every row and every step."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.contrib.admin.utils import flatten_fieldsets, lookup_spawns_duplicates, unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, models
from django.db.models import Case, Q, When
from django.http import Http404, HttpResponseNotAllowed, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin
from simple_history.template_utils import HistoricalRecordContextHelper
from unfold.admin import ModelAdmin, StackedInline, TabularInline
from unfold.contrib.filters.admin import RangeDateFilter, RangeDateTimeFilter, RangeNumericFilter
from unfold.decorators import display
from unfold.views import ChangeList
from unfold.widgets import UnfoldAdminTextareaWidget

from shs.core.audit import log_read
from shs.core.errors import Refused, refusal_for
from shs.core.models import Record
from shs.core.permissions import may_all, rows_allowed
from shs.core.saved_views import PLAIN, SavedViews
from shs.core.tabs import Tab, TabFilter, counted
from shs.core.types import FIRST_YEAR, LAST_YEAR, MAX_ID

DATES = (RangeDateFilter, RangeDateTimeFilter)
RANGES = (*DATES, RangeNumericFilter)
RANGE_ENDS = ("from", "to", "from_0", "from_1", "to_0", "to_1")
"""unfold's filters of a range, and what they add to the field's name in an address."""

KEY_LOOKUPS = {"exact", "in", "isnull", "id", "id__exact", "id__in", "pk", "pk__exact", "pk__in"}


def within_reach(value):
    """As the API bounds its dates: beyond these years they cannot be moved between time zones."""
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValidationError(
            _("The year must be between %(first)s and %(last)s."), params={"first": FIRST_YEAR, "last": LAST_YEAR}
        )


class SeenForm(forms.ModelForm):
    """A form that knows which state of the row its writer saw: what somebody else saved meanwhile is not overwritten
    unseen. `stale` holds, for each field that differs, its label, what is stored, and what was typed."""

    seen = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)
    stale: list[tuple[str, Any, Any]] = []

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["seen"].initial = self.instance.updated_at.isoformat()

    def clean(self):
        data = super().clean()
        seen = self.cleaned_data.get("seen")
        if not seen:
            return data
        # Under the lock, so that two who save at once do not both see the row as it was.
        stored = type(self.instance)._base_manager.select_for_update(of=("self",)).get(pk=self.instance.pk)
        if seen == stored.updated_at.isoformat():
            return data
        self.stale = [
            (self.fields[name].label, self._words(name, self.initial.get(name)), self._words(name, value))
            for name, value in self.cleaned_data.items()
            if name != "seen" and self.fields[name].has_changed(self.initial.get(name), self.data.get(name))
        ]
        typed: Any = self.data.copy()  # type: ignore[attr-defined]
        typed["seen"] = stored.updated_at.isoformat()
        self.data = typed
        last = stored.history.select_related("history_user").first()
        raise ValidationError(
            _(
                "%(who)s saved this entry at %(time)s, after you had opened it. Nothing of yours is stored yet: "
                "compare below, and save again to keep what you typed."
            ),
            params={
                "who": last.history_user if last and last.history_user else _("Somebody else"),
                "time": f"{timezone.localtime(stored.updated_at):%H:%M}",
            },
        )

    def _words(self, name, value):
        """A value as its field shows it."""
        choices = dict(getattr(self.fields[name], "choices", None) or ()) if not _is_key(self.fields[name]) else {}
        if isinstance(value, models.QuerySet | list | tuple):
            return ", ".join(str(one) for one in value) or "–"
        return str(choices.get(value, value) if value not in (None, "") else "–")


def _is_key(formfield):
    """Whether a field chooses among rows, of which there may be very many."""
    return isinstance(formfield, forms.ModelChoiceField)


class StepForm(forms.Form):
    """What a step asks before it is taken; without fields it is a plain "are you sure"."""

    def __init__(self, *args, record=None, user=None, **kwargs):
        self.record, self.user = record, user
        super().__init__(*args, **kwargs)

    def consequences(self) -> list[str]:
        """What taking the step brings with it, a sentence each; its dialog shows them above the fields."""
        return []


class ChangeInWords(HistoricalRecordContextHelper):
    """A change of a choice is told by its labels, not by what the database holds."""

    def prepare_delta_change_value(self, change, value):
        labels = dict(self.model._meta.get_field(change.field).flatchoices or ())
        if isinstance(value, str) and value in labels:
            return str(labels[value])
        if isinstance(value, bool):
            return str(_("Yes") if value else _("No"))
        if value is None or getattr(value, "pk", 0) is None:
            return "–"
        return super().prepare_delta_change_value(change, value)


class ReasonForm(StepForm):
    """A step that needs a reason, which is kept in the history."""

    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}), strip=True
    )


@dataclass(frozen=True)
class Step:
    """A change of state that a screen offers: `action` is the right it needs, `to` the state it leads to (None: from
    any state), `form` what its dialog asks. `run(screen, request, record, data)` calls the model. `key` is the letter
    that opens it, `next_label` a second button, which takes the step and goes on to the next of the queue."""

    name: str
    run: Callable[..., Any]
    action: str
    label: Any
    to: str | None = None
    form: type[StepForm] = StepForm
    text: Any = ""
    done: Any = ""
    danger: bool = False
    primary: bool = False
    in_list: bool = True
    status_field: str = "status"
    key: str = ""
    next_label: Any = ""
    when: Callable[[Any], bool] = field(default=lambda record: True)

    @property
    def title(self) -> str:
        """The label without the dots that announce a dialog: the dialog itself has no more to announce."""
        return str(self.label).rstrip("…")

    def is_legal(self, record: Any) -> bool:
        """Whether the state of `record` allows the step now."""
        if self.to and self.to not in record.STEPS.get(getattr(record, self.status_field), ()):
            return False
        return self.when(record)


def step(action: str, label: Any, **more: Any) -> Callable[[Callable], Callable]:
    """Offer a method of a screen as a step: `@step("approve", _("Approve"), to=Status.APPROVED, form=ReasonForm)`."""

    def mark(method: Callable) -> Callable:
        marked: Any = method
        marked.step = Step(name=method.__name__, run=method, action=action, label=label, **more)
        return method

    return mark


class Rows(ChangeList):
    """A page of a list. The steps that its user may take are looked up once for the whole page."""

    def get_filters(self, request):
        *found, is_narrowed = super().get_filters(request)
        # The open tab is no filter that somebody has set.
        return *found, is_narrowed and bool(set(self.filter_params) - {TabFilter.parameter_name})

    def get_query_string(self, new_params=None, remove=None):
        """Where nothing is left to ask, the whole list; a bare address opens the reader's default view."""
        found = super().get_query_string(new_params, remove)
        return PLAIN if found == "?" else found

    def get_results(self, request):
        super().get_results(request)
        self.result_list: list[Any] = list(self.result_list)
        self.model_admin.prepare_page(request, self.result_list)


class Rights:
    """Answers the admin's questions about rights from the grant table; for screens and inlines."""

    opts: Any
    model: Any

    def _may(self, request, action, obj=None):
        return request.user.has_perm(f"{self.opts.app_label}.{action}_{self.opts.model_name}", obj)

    def has_view_permission(self, request, obj=None):
        return self._may(request, "view", obj)

    def has_add_permission(self, request, obj=None):
        return self._may(request, "add")

    def has_change_permission(self, request, obj=None):
        return self._may(request, "change", obj)

    def has_delete_permission(self, request, obj=None):
        return self._may(request, "delete", obj)

    def get_queryset(self, request):
        return super().get_queryset(request).filter(rows_allowed(self.model, request.user, "view"))

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        kwargs["queryset"] = self._choices(db_field, request, kwargs)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        kwargs["queryset"] = self._choices(db_field, request, kwargs)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(db_field, models.DateField):
            field.validators = [*field.validators, within_reach]
        return field

    def _choices(self, db_field, request, kwargs):
        """Only rows that the user may see, or may choose where the list itself is not theirs."""
        model = db_field.remote_field.model
        rows = kwargs.get("queryset")
        rows = model._default_manager.all() if rows is None else rows
        return rows.filter(rows_allowed(model, request.user, "view") | rows_allowed(model, request.user, "choose"))


class Screen(Rights, SavedViews, SimpleHistoryAdmin, ModelAdmin):
    """One model in the back office: lists columns and names steps; it holds no rule."""

    list_per_page = 25
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_filter_submit = True
    warn_unsaved_form = True
    compressed_fields = True
    save_as = False
    view_on_site = False
    in_quick_search = False
    quick_search_order = 50
    """Where its rows stand among the others that Ctrl+K finds: the smallest first."""
    quick_search_fields: list[str] = []
    """By what Ctrl+K finds a row; without them, by what its list is searched by."""
    icon = "article"
    empty_text: Any = ""
    tabs: list[Tab] = []
    list_before_template = "admin/list_before.html"
    list_tools_template = ""
    concealed_from: dict[str, str] = {}
    """Field → the action without which its content is not shown, in the form, the list and the history, nor found."""

    reveals: str = ""
    """What the read log calls it when a row's page shows what lists mask; empty where it masks nothing."""

    history_needs: str = "view"
    """The action without which a row's history is not shown; those who see every row of the model see it too. What
    changed, and why, may be more than what the row shows."""

    # --- Rows and rights ---

    def get_object(self, request, object_id, from_field=None):
        if from_field is None and not _is_id(self.model, object_id):
            return None
        return super().get_object(request, object_id, from_field)

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        """A row that is not visible is a 404, as one that does not exist."""
        raise Http404

    def lookup_allowed(self, lookup, value, request=None):
        """Only what a filter of this screen names: `?password__startswith=` and its like are refused."""
        names = {"pk", "id"}
        for entry in self.get_list_filter(request) if request else self.list_filter:
            name, kind = entry if isinstance(entry, tuple | list) else (entry, None)
            names.add(name if isinstance(name, str) else getattr(name, "parameter_name", ""))
            if (
                isinstance(kind, type)
                and issubclass(kind, RANGES)
                and lookup in {f"{name}_{end}" for end in RANGE_ENDS}
            ):
                return not issubclass(kind, DATES) or _is_within_reach(value)
        return any(self._is_of(lookup, name) for name in names if name)

    def _is_of(self, lookup, name):
        """Whether `lookup` asks no more than a filter by `name` does; through a key it reaches the key alone."""
        if lookup == name:
            return True
        if not lookup.startswith(f"{name}__"):
            return False
        known = next((known for known in self.opts.get_fields() if known.name == name), None)
        return not (known and known.is_relation) or lookup.removeprefix(f"{name}__") in KEY_LOOKUPS

    def concealed(self, request):
        """The names of the fields whose content this user may not see."""
        return {name for name, action in self.concealed_from.items() if not self._may(request, action)}

    def get_fieldsets(self, request, obj=None):
        hidden = self.concealed(request)
        fieldsets = super().get_fieldsets(request, obj)
        if not hidden:
            return fieldsets
        cut = [(title, {**options, "fields": _without(options["fields"], hidden)}) for title, options in fieldsets]
        return [(title, options) for title, options in cut if options["fields"]]

    def get_list_display(self, request):
        hidden = self.concealed(request)
        return [name for name in super().get_list_display(request) if name not in hidden]

    def get_search_fields(self, request):
        """A search that found what is not shown would tell it letter by letter."""
        hidden = self.concealed(request)
        return [name for name in super().get_search_fields(request) if name not in hidden]

    def get_quick_search_fields(self, request):
        """By what Ctrl+K finds rows for this user."""
        hidden = self.concealed(request)
        named = [name for name in self.quick_search_fields if name not in hidden]
        return named if self.quick_search_fields else list(self.get_search_fields(request))

    def quick_search(self, request, words, fields):
        """The rows that Ctrl+K finds: every word in some of `fields`."""
        rows = self.get_queryset(request)
        for word in words.split()[:8]:
            rows = rows.filter(Q(*((f"{name}__icontains", word) for name in fields), _connector=Q.OR))
        rows = rows.select_related(*(self.list_select_related or ()))
        is_doubled = any(lookup_spawns_duplicates(self.opts, name) for name in fields)
        return (rows.distinct() if is_doubled else rows).order_by(*self.ordering)

    def found_as(self, request, row):
        """What Ctrl+K says of a row beside its name."""
        return ""

    def get_actions(self, request):
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_changelist(self, request, **kwargs):
        return Rows

    # --- Doors ---

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}_step"
        view = self.admin_site.admin_view(self.step_view)
        return [path("<path:object_id>/step/<slug:name>/", view, name=name), *super().get_urls()]

    def changelist_view(self, request, extra_context=None):
        chosen = request.POST.getlist("_selected_action")
        if not all(_is_id(self.model, pk) for pk in chosen):
            messages.error(request, _("Choose rows of this list."))
            return HttpResponseRedirect(request.get_full_path())
        views = self.views_of(request)
        if (default := self.opened_by_default(request, views)) is not None:
            return default
        if "e" in request.GET:
            messages.warning(request, _("This list does not understand that filter: you see the whole list."))
        context = {
            "empty_text": self.empty_text,
            "views": self.views_menu(request, views),
            "element_classes": {"pagination": "shs-pages"},
            **(extra_context or {}),
        }
        if self.has_view_permission(request):
            context["tabs"] = counted(self.get_tabs(request), self.get_queryset(request), request)
        return super().changelist_view(request, context)

    def get_list_filter(self, request):
        filters = list(super().get_list_filter(request))
        return [TabFilter, *filters] if self.tabs else filters

    def get_tabs(self, request):
        """The tabs above the list, for this user."""
        return self.tabs

    @classmethod
    def offer_tab(cls, tab: Tab) -> None:
        """Let a later app name a part of this list."""
        cls.tabs = [*cls.tabs, tab]

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """A refusal, or a race lost at a constraint, is an error on the form; what was typed stays."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except (IntegrityError, Refused) as error:
            refusal = error if isinstance(error, Refused) else refusal_for(error)
            if refusal is None:
                raise
        request.refusal = refusal.detail
        return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request, obj=None, change=False, **kwargs):
        form: Any = super().get_form(request, obj, change, **kwargs)
        if isinstance(obj, Record) and self.has_change_permission(request, obj):
            form = type(form.__name__, (SeenForm, form), {})
        refusal = getattr(request, "refusal", None)
        if refusal is None:
            return form

        class RefusedForm(form):
            def clean(self):
                super().clean()
                raise ValidationError(str(refusal))

        return RefusedForm

    def delete_view(self, request, object_id, extra_context=None):
        if not self._may(request, "delete"):
            raise PermissionDenied
        return super().delete_view(request, object_id, extra_context)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj is not None:
            self.log_revealed(request, obj)
            context["show_history"] = self.shows_history(request, obj)
            self.offer_steps(request, [obj])
            context["offered_steps"] = [(offered, self.step_url(obj, offered)) for offered in obj.offered_steps]
        return super().render_change_form(request, context, add, change, form_url, obj)

    def log_revealed(self, request, obj):
        """One line in the read log where the page of `obj` shows contact details of somebody else."""
        person = self.person_of(obj)
        if self.reveals and person != request.user:
            log_read(request.user, what=self.reveals, ids=[obj.pk], subject=person)

    def person_of(self, obj):
        """Whom a row is about, for the read log."""
        return obj

    # --- Steps ---

    @classmethod
    def steps(cls) -> dict[str, Step]:
        """The steps of this screen by name, in the order in which they are written."""
        found = {}
        for owner in reversed(cls.__mro__):
            for name, value in vars(owner).items():
                if isinstance(getattr(value, "step", None), Step):
                    found[name] = value.step
        return found

    def prepare_page(self, request, records):
        """Look up once for the whole page what each row of it will show."""
        self.offer_steps(request, records, [offered for offered in self.steps().values() if offered.in_list])

    def offer_steps(self, request, records, steps=None):
        """Set `offered_steps` on each record: what its state and this user's rights allow, of `steps` (of all). At most
        one query."""
        steps = list(self.steps().values()) if steps is None else steps
        legal = {record.pk: [offered for offered in steps if offered.is_legal(record)] for record in records}
        allowed = self._allowed(request, legal, {offered.action for found in legal.values() for offered in found})
        for record in records:
            record.offered_steps = [s for s in legal[record.pk] if record.pk in allowed[s.action]]

    def _allowed(self, request, keys, actions):
        """Action → the keys among `keys` of the rows to which this user may do it."""
        found = {action: set(keys) for action in actions if may_all(request.user, self.model, action)}
        asked = sorted(actions - set(found))
        if asked:
            rights = {
                f"may_{action}": Case(When(rows_allowed(self.model, request.user, action), then=True), default=False)
                for action in asked
            }
            rows = self.model._base_manager.filter(pk__in=keys).annotate(**rights).order_by()
            for action in asked:
                found[action] = set()
            for pk, *answers in rows.values_list("pk", *rights):
                for action, answer in zip(asked, answers, strict=True):
                    if answer:
                        found[action].add(pk)
        return found

    def step_url(self, record, offered):
        return reverse(
            f"admin:{self.opts.app_label}_{self.opts.model_name}_step",
            args=(record.pk, offered.name),
            current_app="admin",
        )

    @display(description=_("Next step"))
    def next_steps(self, record):
        """The buttons of a row: each opens the dialog of its step."""
        return format_html_join(
            " ",
            '<a class="shs-button{}" href="{}" data-dialog data-key="{}" aria-label="{}">{}</a>',
            (
                (
                    " shs-button-danger" if offered.danger else "",
                    self.step_url(record, offered),
                    offered.key,
                    f"{offered.label}: {record}",
                    offered.label,
                )
                for offered in record.offered_steps
                if offered.in_list
            ),
        )

    def step_view(self, request, object_id, name):
        """The dialog of a step: GET asks, POST takes it. 404 for a row that is not visible, 403 without the right."""
        offered = self.steps().get(name)
        record = self.get_object(request, unquote(object_id))
        if offered is None or record is None:
            raise Http404
        if not self._may(request, offered.action, record):
            raise PermissionDenied
        posted = request.method == "POST"
        form = offered.form(request.POST if posted else None, record=record, user=request.user)
        if posted and form.is_valid() and self._take(request, offered, record, form):
            target = self._after_step(request, record)
            return JsonResponse({"go": target}) if _wants_dialog(request) else HttpResponseRedirect(target)
        context = {
            "form": form,
            "step": offered,
            "record": record,
            "is_legal": offered.is_legal(record),
            "back": self._after_step(request, record),
            "action_url": request.get_full_path(),
            "opts": self.opts,
            "title": offered.title,
        }
        if _wants_dialog(request):
            return render(request, "admin/step_form.html", context)
        return TemplateResponse(request, "admin/step.html", {**self.admin_site.each_context(request), **context})

    def _take(self, request, offered, record, form):
        try:
            offered.run(self, request, record, form.cleaned_data)
        except (IntegrityError, Refused) as error:
            refusal = error if isinstance(error, Refused) else refusal_for(error)
            if refusal is None:
                raise
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.detail))
            return False
        messages.success(request, offered.done or _("%(step)s: done.") % {"step": offered.label})
        return True

    def _after_step(self, request, record):
        """Where the step was asked for, if that is a page of this site."""
        wanted = request.GET.get("next") or request.headers.get("Referer", "")
        is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
        if is_ours and "/step/" not in wanted:
            return wanted
        return self.url_of(record)

    def url_of(self, record):
        """The page of `record`."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=(record.pk,))

    # --- History ---

    def history_view(self, request, object_id, extra_context=None):
        self._require_history(request, unquote(object_id))
        return super().history_view(request, object_id, extra_context)

    def history_form_view(self, request, object_id, version_id, extra_context=None):
        """One version, to look at. Going back to it is a step of the state machine, never a form."""
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        self._require_history(request, unquote(object_id))
        history = self.model.history.model._default_manager
        if not (version_id.isascii() and version_id.isdigit()) or int(version_id) > MAX_ID:
            raise Http404
        version = history.filter(**{self.opts.pk.attname: unquote(object_id), "history_id": version_id}).first()
        if version is None:
            raise Http404
        hidden = self.concealed(request) | set(getattr(self.model, "unlogged_fields", ()))
        fields = [known for known in self.opts.fields if known.name not in hidden]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Version of %(name)s") % {"name": version.history_object},
            "version": version,
            "values": [(capfirst(known.verbose_name), _value(version, known)) for known in fields],
            "opts": self.opts,
            "history_url": reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_history", args=(object_id,)),
        }
        return TemplateResponse(request, "admin/version.html", context)

    def set_history_delta_changes(self, request, historical_records, foreign_keys_are_objs=True):
        """As simple_history's, without the fields that this user may not see."""
        newer = None
        for older in historical_records:
            older.history_change_reason = older.history_change_reason or ""  # unfold's page would say None
            if newer is not None:
                delta = newer.diff_against(
                    older, excluded_fields=self.concealed(request), foreign_keys_are_objs=foreign_keys_are_objs
                )
                helper = self.get_historical_record_context_helper(request, newer)
                newer.history_delta_changes = helper.context_for_delta_changes(delta)
            newer = older

    def get_historical_record_context_helper(self, request, historical_record):
        return ChangeInWords(self.model, historical_record)

    def shows_history(self, request, row):
        """Whether this user reads the history of `row`, which they see."""
        if may_all(request.user, self.model, "view"):
            return True
        return self._may(request, "view") and self._may(request, self.history_needs, row)

    def _require_history(self, request, object_id):
        """404 unless the row is visible; the history of a row that is gone is for those who audit."""
        row = self.get_object(request, object_id)
        if row is not None and self.shows_history(request, row):
            return
        audits = request.user.has_perm("core.view_readlog") and may_all(request.user, self.model, "view")
        gone = _is_id(self.model, object_id) and not self.model._base_manager.filter(pk=object_id).exists()
        if not (audits and gone):
            raise Http404

    # --- Reading only ---

    def get_readonly_fields(self, request, obj=None):
        """Status fields and the like are named once on the model: `locked_fields` are never typed."""
        fields = list(super().get_readonly_fields(request, obj))
        fields += [name for name in getattr(self.model, "locked_fields", ()) if name not in fields]
        shown = flatten_fieldsets(self.get_fieldsets(request, obj)) if self.fieldsets or self.fields else fields
        return [name for name in fields if name in shown]


class RowsOfParent(Rights):
    """An inline shows what its parent's page may show, and never deletes."""

    extra = 0
    show_change_link = False

    def has_delete_permission(self, request, obj=None):
        return self._may(request, "delete")

    def has_view_permission(self, request, obj=None):
        return self._may(request, "view")

    def has_change_permission(self, request, obj=None):
        """The whole inline is editable or none of it: one row that may only be seen locks the others."""
        if not self._may(request, "change") or obj is None:
            return self._may(request, "change")
        key = next(known for known in self.model._meta.fields if known.related_model is type(obj))
        rows = self.get_queryset(request).filter(**{key.name: obj})
        return not rows.exclude(rows_allowed(self.model, request.user, "change")).exists()


class Table(RowsOfParent, TabularInline):
    """Rows of another model in a table on the page of their parent."""


class Stack(RowsOfParent, StackedInline):
    """Rows of another model, one below the other, on the page of their parent."""


def person(name: str, detail: str) -> list:
    """What unfold's `header` column shows: two lines and the initials."""
    initials = "".join(word[0] for word in name.removeprefix("Dr. ").split()[:2]).upper()
    return [name, detail, initials]


def masked_email(address: str) -> str:
    """`alice@example.com` → `a•••@example.com`: enough to recognise, not enough to write to."""
    name, _at, domain = address.partition("@")
    return f"{name[:1]}•••@{domain}"


def masked_phone(number: str) -> str:
    """The last three digits of a phone number."""
    return f"••• {number[-3:]}" if number else ""


def link_to(url: str, text: Any) -> str:
    """A link in a cell or a read-only field."""
    return format_html('<a class="shs-link" href="{}">{}</a>', url, text)


def _is_id(model, value):
    """Whether `value` can be the key of a row of `model`."""
    if not isinstance(model._meta.pk, models.AutoField | models.IntegerField):
        return "\x00" not in str(value)
    text = str(value)
    return text.isascii() and text.isdigit() and int(text) <= MAX_ID


def _is_within_reach(text):
    """Whether the year that an address names, if any, can be moved between time zones."""
    return all(FIRST_YEAR <= int(year) <= LAST_YEAR for year in re.findall(r"[0-9]{4,}", str(text)[:40]))


def _wants_dialog(request):
    return request.headers.get("X-Dialog") == "1"


def _without(fields, hidden):
    kept = []
    for entry in fields:
        if isinstance(entry, tuple | list):
            inner = [name for name in entry if name not in hidden]
            if inner:
                kept.append(tuple(inner))
        elif entry not in hidden:
            kept.append(entry)
    return kept


def _value(version, known):
    """What a version says in one field, in words."""
    shown = getattr(version, f"get_{known.name}_display", None)
    if shown:
        return shown()
    value = getattr(version, known.attname)
    if isinstance(known, models.ForeignKey) and value is not None:
        return known.remote_field.model._base_manager.filter(pk=value).first() or value
    return value
