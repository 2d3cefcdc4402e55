"""Steps: state changes that a screen offers, each with a dialog."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol, TypedDict, TypeVar, Unpack, cast

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.db.models import Case, ForeignKey, Model, QuerySet, When
from django.db.models.options import Options
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from shs.core.admin.base import ScreenBase
from shs.core.admin.forms import Choose
from shs.core.admin.once import Go
from shs.core.admin.rights import Field, is_key
from shs.core.caller import Member, MemberRequest
from shs.core.dates import shown
from shs.core.errors import Refused, refusal_for
from shs.core.grants.table import may_all, may_some, rows_allowed
from shs.core.labels import Label
from shs.core.records.values import tidy

StepData = dict[str, Any]
"""The cleaned data of a step's form: field name → value."""


class StepForm(forms.Form):
    """The form of a step's dialog; without fields it only asks for confirmation."""

    record: Any
    """The row of the step, an instance of the screen's model."""
    user: Any
    """The user who takes the step."""

    def __init__(
        self, data: Mapping[str, object] | None = None, *, record: Model | None = None, user: Member | None = None
    ):
        self.record, self.user = record, user
        super().__init__(data)
        for name, asked in self.fields.items():
            if isinstance(asked, Choose) and user is not None:
                asked.offer(user, kept=getattr(record, name, None))
        self.prepare()

    def _clean_fields(self) -> None:
        """Texts are stored as the API stores them."""
        super()._clean_fields()
        for name, value in list(self.cleaned_data.items()):
            try:
                self.cleaned_data[name] = tidy(value) if isinstance(value, str) else value
            except ValidationError as error:
                self.add_error(name, error)

    def prepare(self) -> None:
        """Adapt the fields to `record` and `user`."""

    def consequences(self) -> Sequence[Label]:
        """What the step will cause, one sentence each; the dialog shows them above the fields."""
        return []


class ReasonForm(StepForm):
    """A form that asks for a reason, which is stored in the history."""

    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}), strip=True
    )


@dataclass(frozen=True)
class Step:
    """A state change that a screen offers. `action` is the permission that it needs, `to` the resulting state (None:
    the step is possible in any state), `form` the dialog's form. `run(screen, request, record, data)` calls the model.
    `key` is the keyboard shortcut, `next_label` a second button that takes the step and opens the next row of the
    queue, `keep_label` the button that closes the dialog without a change: "Keep visit" beside "Cancel visit"."""

    name: str
    run: Callable[..., None]
    action: str
    label: Label
    to: str | None = None
    form: type[StepForm] = StepForm
    text: Label = ""
    done: Label = ""
    danger: bool = False
    primary: bool = False
    in_list: bool = True
    status_field: str = "status"
    key: str = ""
    next_label: Label = ""
    keep_label: Label = field(default_factory=lambda: _("Go back"))
    when: Callable[..., bool] = field(default=lambda record: True)

    @property
    def title(self) -> str:
        """The label without the trailing "…", as the dialog's title."""
        return str(self.label).rstrip("…")

    def is_legal(self, record: Model) -> bool:
        """Whether the state machine allows the step for `record` now."""
        following: Mapping[str, Collection[str]] = getattr(record, "STEPS", {})
        if self.to and self.to not in following.get(getattr(record, self.status_field), ()):
            return False
        return self.when(record)


class StepOptions(TypedDict, total=False):
    """The keyword arguments of `@step`: the other fields of Step."""

    to: str | None
    form: type[StepForm]
    text: Label
    done: Label
    danger: bool
    primary: bool
    in_list: bool
    status_field: str
    key: str
    next_label: Label
    keep_label: Label
    when: Callable[..., bool]


class RowWithSteps(Protocol):
    """A row after `offer_steps`."""

    offered_steps: list[Step]


def _page_of(options: "Options[Model]") -> str:
    return f"{options.app_label}_{options.model_name}_change"


def _right(action: str) -> str:
    """The annotation of a row that says whether the user may do it."""
    return f"may_{action}"


def offered_on(record: Model) -> list[Step]:
    """The steps that `offer_steps` found for a row."""
    return cast(RowWithSteps, record).offered_steps


Kind = TypeVar("Kind", bound=Model)
Method = TypeVar("Method", bound=Callable[..., None])


def step(action: str, label: Label, **more: Unpack[StepOptions]) -> Callable[[Method], Method]:
    """Decorator: offer a method of a screen as a step, such as `@step("approve", _("Approve"), to=Status.APPROVED,
    form=ReasonForm)`."""

    def mark(method: Method) -> Method:
        method.__dict__["step"] = Step(name=method.__name__, run=method, action=action, label=label, **more)
        return method

    return mark


class AskFirst(Exception):
    """Raised by a step that needs an answer before it is taken: `page` is shown, which posts the step again with the
    answer."""

    def page(self, request: Any, *, action: str, back: str) -> HttpResponse:
        """The question. `action` is the address to which it is posted, `back` where to go without a change."""
        raise NotImplementedError


UNDO = "shs.undo"
"""The key in `request.META` under which a step leaves the address that undoes it."""


def with_undo(words: Label, url: str) -> str:
    """A message with a link to the page that undoes what it tells of."""
    return format_html('{} <a class="shs-link shs-undo-link" href="{}">{}</a>', words, url, _("Undo"))


def _told(value: object) -> str:
    """A value in words; of a visit its patient and time, because its own name is only a number."""
    if isinstance(value, date):
        return shown(value)
    parts = (getattr(value, "patient", None), getattr(value, "starts_at", None))
    return ", ".join(shown(part) if isinstance(part, date) else str(part) for part in parts if part) or str(value)


def _wants_dialog(request: MemberRequest) -> bool:
    return request.headers.get("X-Dialog") == "1"


class StepPages(ScreenBase):
    """Mixin for screens: the steps and their dialogs."""

    described_by: tuple[str, ...] = (
        "patient",
        "starts_at",
        "issued_at",
        "recorded_at",
        "taken_on",
        "doctor",
        "author",
        "user",
    )
    """The fields that describe the row in a dialog, as far as the model has them."""

    def get_object(self, request: MemberRequest, object_id: str, from_field: str | None = None) -> Model | None:
        """On the page of a row, with what the page asks about it (`read_with`), in the same query."""
        is_page = request.resolver_match and request.resolver_match.url_name == _page_of(self.opts)
        if request.method != "GET" or not is_page or not is_key(self.model, object_id):
            return super().get_object(request, object_id, from_field)
        return self.read_with(request, self.get_queryset(request).filter(pk=object_id)).first()

    def read_with(self, request: MemberRequest, rows: QuerySet[Model]) -> QuerySet[Model]:
        """`rows` with what the page of one asks about it."""
        return self.with_rights(request, rows)

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_step"
        view = self.admin_site.admin_view(self.step_view)
        return [path("<path:object_id>/step/<slug:name>/", view, name=name), *super().get_urls()]

    @classmethod
    def steps(cls) -> dict[str, Step]:
        """The steps of this screen by name in the order of definition: its own, then those of its mixins."""
        found: dict[str, Step] = {}
        for owner in cls.__mro__:
            for name, value in vars(owner).items():
                if isinstance(getattr(value, "step", None), Step):
                    found.setdefault(name, value.step)
        return found

    def prepare_page(self, request: MemberRequest, records: Sequence[Model]) -> None:
        """Prepare the rows of one page, to avoid a query for each row."""
        self.offer_steps(request, records, [offered for offered in self.steps().values() if offered.in_list])

    def offer_steps(
        self, request: MemberRequest, records: Sequence[Model], steps: Sequence[Step] | None = None
    ) -> None:
        """Set `offered_steps` on each record: those of `steps` (default: all) that its state and the user's permissions
        allow. At most one query."""
        steps = list(self.steps().values()) if steps is None else steps
        legal = {record.pk: [offered for offered in steps if offered.is_legal(record)] for record in records}
        allowed = self._allowed(request, records, {offered.action for found in legal.values() for offered in found})
        for record in records:
            offered_now = [s for s in legal[record.pk] if record.pk in allowed[s.action]]
            cast(RowWithSteps, record).offered_steps = offered_now

    def _allowed(self, request: MemberRequest, records: Sequence[Model], actions: set[str]) -> dict[str, set[object]]:
        """For each action the keys (of `records`) of the rows to which this user may do it."""
        keys = [record.pk for record in records]
        found = {action: set(keys) for action in actions if may_all(request.user, self.model, action)}
        found |= {each: set() for each in actions - set(found) if not may_some(request.user, self.model, each)}
        left = actions - set(found)
        known = {action for action in left if all(_right(action) in vars(record) for record in records)}
        found |= {action: {row.pk for row in records if vars(row)[_right(action)]} for action in known}
        if asked := sorted(left - known):
            rows = self._with_answers(request, self.model._base_manager.filter(pk__in=keys), asked).order_by()
            found |= {action: set() for action in asked}
            for pk, *answers in rows.values_list("pk", *map(_right, asked)):
                for action, answer in zip(asked, answers, strict=True):
                    if answer:
                        found[action].add(pk)
        return found

    def with_rights(self, request: MemberRequest, rows: QuerySet[Kind]) -> QuerySet[Kind]:
        """`rows` with what `offer_steps` asks of them, in the same query: for a page that counts its queries."""
        actions = {offered.action for offered in self.steps().values()}
        user, model = request.user, self.model
        asked = [each for each in actions if not may_all(user, model, each) and may_some(user, model, each)]
        return self._with_answers(request, rows, sorted(asked))

    def is_offered(self, request: MemberRequest, action: str, record: Model) -> bool:
        """Whether the user may do `action` to a row, as far as possible as it was read `with_rights`."""
        known: bool | None = vars(record).get(_right(action))
        return self._may(request, action, record) if known is None else known

    def _with_answers(self, request: MemberRequest, rows: QuerySet[Kind], actions: Iterable[str]) -> QuerySet[Kind]:
        rights = {
            _right(action): Case(When(rows_allowed(self.model, request.user, action), then=True), default=False)
            for action in actions
        }
        found: QuerySet[Kind] = rows.annotate(**rights)
        return found

    def step_url(self, record: Model, offered: Step) -> str:
        return reverse(
            f"admin:{self.opts.app_label}_{self.opts.model_name}_step",
            args=(record.pk, offered.name),
            current_app="admin",
        )

    @display(description=_("Next step"))
    def next_steps(self, record: Model) -> str:
        """The buttons of a row; each opens the dialog of its step."""
        offered_here = [offered for offered in offered_on(record) if offered.in_list]
        spoken = self.spoken_name(record) if offered_here else ""
        return format_html_join(
            " ",
            '<a class="shs-button{}" href="{}" data-dialog data-key="{}" aria-label="{}">{}</a>',
            (
                (
                    " shs-button-danger" if offered.danger else "",
                    self.step_url(record, offered),
                    offered.key,
                    f"{offered.label}: {spoken}",
                    offered.label,
                )
                for offered in offered_here
            ),
        )

    def spoken_name(self, record: Model) -> str:
        """The name of the row for screen readers: patient and start if they are loaded (lists must not make a query for
        each row), then the row itself."""
        names = []
        for known in filter(None, map(self._field, ("patient", "starts_at"))):
            if known.is_cached(record) if isinstance(known, ForeignKey) else known.attname in vars(record):
                value = getattr(record, known.name)
                names.append(shown(value) if isinstance(value, date) else str(value or ""))
        return ", ".join(dict.fromkeys(name for name in (*names, str(record)) if name))

    def describe(self, record: Model) -> list[tuple[str, str]]:
        """Label and value of the people and the time of the row, then the row itself, for the dialog."""
        itself = str(record)
        told = [known for known in (self._field(name) for name in self.described_by) if known is not None]
        values = [(capfirst(str(known.verbose_name)), getattr(record, known.name)) for known in told]
        lines = [(label, _told(value)) for label, value in values if value]
        return [
            *((label, text) for label, text in lines if text != itself),
            (capfirst(str(self.opts.verbose_name)), itself),
        ]

    def _field(self, name: str) -> Field | None:
        return next((known for known in self.opts.concrete_fields if known.name == name), None)

    def step_view(self, request: MemberRequest, object_id: str, name: str) -> HttpResponse:
        """The dialog of a step: GET shows it, POST takes the step. 404 for a row that the user may not see, 403 without
        the permission."""
        offered = self.steps().get(name)
        record = self.get_object(request, unquote(object_id))
        if offered is None or record is None:
            raise Http404
        if not self._may(request, offered.action, record):
            raise PermissionDenied
        posted = request.method == "POST"
        form = offered.form(request.POST if posted else None, record=record, user=request.user)
        try:
            is_taken = posted and form.is_valid() and self._take(request, offered, record, form)
        except AskFirst as question:
            return question.page(request, action=request.get_full_path(), back=self._after_step(request, record))
        if is_taken:
            target = self._after_step(request, record)
            return Go(target) if _wants_dialog(request) else HttpResponseRedirect(target)
        context = {
            "form": form,
            "step": offered,
            "subject": self.describe(record),
            "is_legal": offered.is_legal(record),
            "back": self._after_step(request, record),
            "action_url": request.get_full_path(),
            "opts": self.opts,
            "title": offered.title,
        }
        if _wants_dialog(request):
            return render(request, "admin/step_form.html", context)
        return TemplateResponse(request, "admin/step.html", {**self.admin_site.each_context(request), **context})

    def _take(self, request: MemberRequest, offered: Step, record: Model, form: StepForm) -> bool:
        try:
            offered.run(self, request, record, form.cleaned_data)
        except (IntegrityError, Refused) as error:
            refusal = error if isinstance(error, Refused) else refusal_for(error)
            if refusal is None:
                raise
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal.detail))
            return False
        done = offered.done or _("%(step)s: done.") % {"step": offered.title}
        undo = request.META.get(UNDO)
        messages.success(request, with_undo(done, undo) if undo else done)
        return True

    def _after_step(self, request: MemberRequest, record: Model) -> str:
        """Redirect to the page where the step was opened, if it belongs to this site."""
        wanted = request.GET.get("next") or request.headers.get("Referer", "")
        is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
        if is_ours and "/step/" not in wanted:
            return wanted
        return self.url_of(record)
