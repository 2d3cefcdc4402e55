"""Steps: the changes of state that a screen offers, each with its dialog."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol, TypedDict, TypeVar, Unpack, cast

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.db.models import Case, ForeignKey, Model, When
from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html_join
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from shs.core.admin.base import ScreenBase
from shs.core.admin.forms import Choose
from shs.core.admin.rights import Field
from shs.core.caller import Member, MemberRequest
from shs.core.dates import shown
from shs.core.errors import Refused, refusal_for
from shs.core.grants.table import may_all, rows_allowed
from shs.core.labels import Label

StepData = dict[str, Any]
"""What the form of a step has cleaned: name of the field → its value."""


class StepForm(forms.Form):
    """What a step asks before it is taken; without fields it is a plain "are you sure"."""

    record: Any
    """The row that the step is taken on, of the model of the form's screen."""
    user: Any
    """Who takes the step."""

    def __init__(
        self, data: Mapping[str, object] | None = None, *, record: Model | None = None, user: Member | None = None
    ):
        self.record, self.user = record, user
        super().__init__(data)
        for asked in self.fields.values():
            if isinstance(asked, Choose) and user is not None:
                asked.offer(user)
        self.prepare()

    def prepare(self) -> None:
        """Fit the fields to `record` and `user`."""

    def consequences(self) -> Sequence[Label]:
        """What taking the step brings with it, a sentence each; its dialog shows them above the fields."""
        return []


class ReasonForm(StepForm):
    """A step that needs a reason, which is kept in the history."""

    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}), strip=True
    )


@dataclass(frozen=True)
class Step:
    """A change of state that a screen offers: `action` is the right it needs, `to` the state it leads to (None: from
    any state), `form` what its dialog asks. `run(screen, request, record, data)` calls the model. `key` is the letter
    that opens it, `next_label` a second button, which takes the step and goes on to the next of the queue, `keep_label`
    the button that closes the dialog without a change: "Keep visit" beside "Cancel visit"."""

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
        """The label without the dots that announce a dialog: the dialog itself has no more to announce."""
        return str(self.label).rstrip("…")

    def is_legal(self, record: Model) -> bool:
        """Whether the state of `record` allows the step now."""
        following: Mapping[str, Collection[str]] = getattr(record, "STEPS", {})
        if self.to and self.to not in following.get(getattr(record, self.status_field), ()):
            return False
        return self.when(record)


class StepOptions(TypedDict, total=False):
    """What `@step` takes beside the right and the label: the fields of Step."""

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


def offered_on(record: Model) -> list[Step]:
    """The steps that `offer_steps` found for a row."""
    return cast(RowWithSteps, record).offered_steps


Method = TypeVar("Method", bound=Callable[..., None])


def step(action: str, label: Label, **more: Unpack[StepOptions]) -> Callable[[Method], Method]:
    """Offer a method of a screen as a step: `@step("approve", _("Approve"), to=Status.APPROVED, form=ReasonForm)`."""

    def mark(method: Method) -> Method:
        method.__dict__["step"] = Step(name=method.__name__, run=method, action=action, label=label, **more)
        return method

    return mark


def _wants_dialog(request: MemberRequest) -> bool:
    return request.headers.get("X-Dialog") == "1"


class StepPages(ScreenBase):
    """For a screen: its steps, and the dialog of each."""

    described_by: tuple[str, ...] = ("patient", "starts_at", "doctor", "author", "user")
    """The fields that say in a dialog whom and what it is about, of those that the model has."""

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_step"
        view = self.admin_site.admin_view(self.step_view)
        return [path("<path:object_id>/step/<slug:name>/", view, name=name), *super().get_urls()]

    @classmethod
    def steps(cls) -> dict[str, Step]:
        """The steps of this screen by name, as they are written: its own, then those of its mixins."""
        found: dict[str, Step] = {}
        for owner in cls.__mro__:
            for name, value in vars(owner).items():
                if isinstance(getattr(value, "step", None), Step):
                    found.setdefault(name, value.step)
        return found

    def prepare_page(self, request: MemberRequest, records: Sequence[Model]) -> None:
        """Look up once for the whole page what each row of it will show."""
        self.offer_steps(request, records, [offered for offered in self.steps().values() if offered.in_list])

    def offer_steps(
        self, request: MemberRequest, records: Sequence[Model], steps: Sequence[Step] | None = None
    ) -> None:
        """Set `offered_steps` on each record: what its state and this user's rights allow, of `steps` (of all). At most
        one query."""
        steps = list(self.steps().values()) if steps is None else steps
        legal = {record.pk: [offered for offered in steps if offered.is_legal(record)] for record in records}
        allowed = self._allowed(request, legal, {offered.action for found in legal.values() for offered in found})
        for record in records:
            offered_now = [s for s in legal[record.pk] if record.pk in allowed[s.action]]
            cast(RowWithSteps, record).offered_steps = offered_now

    def _allowed(self, request: MemberRequest, keys: Iterable[object], actions: set[str]) -> dict[str, set[object]]:
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

    def step_url(self, record: Model, offered: Step) -> str:
        return reverse(
            f"admin:{self.opts.app_label}_{self.opts.model_name}_step",
            args=(record.pk, offered.name),
            current_app="admin",
        )

    @display(description=_("Next step"))
    def next_steps(self, record: Model) -> str:
        """The buttons of a row: each opens the dialog of its step."""
        return format_html_join(
            " ",
            '<a class="shs-button{}" href="{}" data-dialog data-key="{}" aria-label="{}">{}</a>',
            (
                (
                    " shs-button-danger" if offered.danger else "",
                    self.step_url(record, offered),
                    offered.key,
                    f"{offered.label}: {self.spoken_name(record)}",
                    offered.label,
                )
                for offered in offered_on(record)
                if offered.in_list
            ),
        )

    def spoken_name(self, record: Model) -> str:
        """The row for a screen reader: patient and start, if they are loaded (a list must not query per row), then the
        row itself."""
        names = []
        for known in filter(None, map(self._field, ("patient", "starts_at"))):
            if known.is_cached(record) if isinstance(known, ForeignKey) else known.attname in vars(record):
                value = getattr(record, known.name)
                names.append(shown(value) if isinstance(value, date) else str(value or ""))
        return ", ".join(dict.fromkeys(name for name in (*names, str(record)) if name))

    def describe(self, record: Model) -> list[tuple[str, str]]:
        """Whom and what a dialog is about, as labels and values: the people and the time that the row names, then the
        row itself."""
        itself = str(record)
        told = [known for known in (self._field(name) for name in self.described_by) if known is not None]
        values = [(capfirst(str(known.verbose_name)), getattr(record, known.name)) for known in told]
        lines = [(label, shown(value) if isinstance(value, date) else str(value)) for label, value in values if value]
        return [
            *((label, text) for label, text in lines if text != itself),
            (capfirst(str(self.opts.verbose_name)), itself),
        ]

    def _field(self, name: str) -> Field | None:
        return next((known for known in self.opts.concrete_fields if known.name == name), None)

    def step_view(self, request: MemberRequest, object_id: str, name: str) -> HttpResponse:
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
        messages.success(request, offered.done or _("%(step)s: done.") % {"step": offered.title})
        return True

    def _after_step(self, request: MemberRequest, record: Model) -> str:
        """Where the step was asked for, if that is a page of this site."""
        wanted = request.GET.get("next") or request.headers.get("Referer", "")
        is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
        if is_ours and "/step/" not in wanted:
            return wanted
        return self.url_of(record)
