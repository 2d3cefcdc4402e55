"""Share… and "Shared with" on the page of every row."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple, cast

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from shs.core.admin.forms import DayField, validate_year
from shs.core.admin.steps import ReasonForm, StepData, StepPages, step
from shs.core.admin.wording import is_clinical
from shs.core.caller import MemberRequest
from shs.core.grants.models import Untyped, last_end
from shs.core.grants.shares import Listed, is_any_shared, share, shares_on, with_any_share
from shs.core.grants.table import SHARE, shareable
from shs.core.labels import Label

MOST_OFFERED = 200
"""How many people the field for a person proposes; everybody else is found by the e-mail address or the whole name."""


class PersonInput(UnfoldAdminTextInputWidget):
    """A text field that proposes names while one types."""

    names: Sequence[tuple[str, str]] = ()
    """Names with the role of each."""

    def render(self, name: str, value: object, attrs: object = None, renderer: object = None) -> SafeString:
        options = format_html_join("", '<option value="{}">{}</option>', self.names)
        field = super().render(name, value, {**(attrs or {}), "list": "shs-people", "autocomplete": "off"}, renderer)  # type: ignore[dict-item]
        return format_html('{}<datalist id="shs-people">{}</datalist>', field, options)


class ShareForm(ReasonForm):
    """With whom a row is shared, what they may do, and until when."""

    person = forms.CharField(
        label=_("Person (name or e-mail address)"), max_length=254, required=False, widget=PersonInput, strip=True
    )
    duty = forms.ChoiceField(label=_("Or everybody with this duty"), required=False, widget=UnfoldAdminSelectWidget)
    right = forms.ChoiceField(label=_("They may"), widget=UnfoldAdminSelectWidget)
    until = DayField(
        label=_("Until the end of"),
        widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}),
        validators=[validate_year],
    )
    field_order = ["person", "duty", "right", "until", "reason"]

    def prepare(self) -> None:
        cast(PersonInput, self.fields["person"].widget).names = [
            (user.name, user.get_role_display()) for user in _office().order_by("name", "pk")[:MOST_OFFERED]
        ]
        duties = [(str(pk), duty_words(name)) for pk, name in Group.objects.order_by("name").values_list("pk", "name")]
        cast(forms.ChoiceField, self.fields["duty"]).choices = [("", "–"), *duties]
        cast(forms.ChoiceField, self.fields["right"]).choices = offered_rights(type(self.record))
        today = timezone.localdate()
        until = self.fields["until"]
        until.help_text = _("At most %(days)d days from today.") % {"days": settings.SHARE_DAYS}
        until.initial = (today + timedelta(days=min(7, settings.SHARE_DAYS))).isoformat()
        until.widget.attrs |= {
            "min": today.isoformat(),
            "max": timezone.localdate(last_end(timezone.now())).isoformat(),
        }

    def consequences(self) -> Sequence[Label]:
        told: list[Label] = [_("They are told, and find it under “Shared with me”. It can be revoked at any time.")]
        if is_clinical(type(self.record)):
            told.append(_("Each of their reads is logged. The patient sees with whom it is shared, and every read."))
        return told

    def clean(self) -> None:
        data = self.cleaned_data
        if bool(data.get("person")) == bool(data.get("duty")) and "person" in data:
            raise forms.ValidationError(_("Choose either a person or a duty."))
        if data.get("person"):
            self._find(data["person"])
        elif data.get("duty"):
            data["to"] = Group.objects.get(pk=data["duty"])

    def _find(self, words: str) -> None:
        """Store the person of this address or name as `to`."""
        users = _office()
        found = list((users.by_email(words) if "@" in words else users.filter(name__iexact=words))[:2])
        if not found:
            self.add_error("person", _("Nobody who works in the office has this name or address."))
        elif len(found) > 1:
            self.add_error("person", _("Several people have this name. Enter the e-mail address."))
        elif found[0] == self.user:
            self.add_error("person", _("You can do all this already."))
        else:
            self.cleaned_data["to"] = found[0]


def _office() -> Untyped:
    return get_user_model()._default_manager.unrestricted("an admin shares with any of them").in_office()


def duty_words(name: str) -> str:
    """A duty in the user's language; one that the clinic has made has its own name."""
    choices: dict[str, Label] = dict(getattr(get_user_model(), "duty_choices", ()))
    return str(choices.get(name, name))


def offered_rights(model: type[Model]) -> list[tuple[str, str]]:
    """The rights on a row of `model` that can be shared, with their words: to see it, to change it, and its steps."""
    return [
        (action, right_words(model, action))
        for action in ("view", "change", *_steps(model))
        if action in shareable(model)
    ]


def right_words(model: type[Model], action: str) -> str:
    """A right on one row in words."""
    known = {"view": gettext("see it"), "change": gettext("change it")}
    return known.get(action) or _steps(model).get(action) or action


def _steps(model: type[Model]) -> dict[str, str]:
    """The actions of the steps of a model's screen, each with the titles of its steps."""
    screen, found = admin.site._registry.get(model), defaultdict(list)
    if isinstance(screen, StepPages):
        for offered in screen.steps().values():
            if offered.action not in (SHARE, "view", "change"):
                found[offered.action].append(offered.title)
    return {action: " / ".join(dict.fromkeys(titles)) for action, titles in found.items()}


class Shown(NamedTuple):
    """A shared right as the pages list it."""

    holder: str
    is_duty: bool
    right: str
    until: datetime
    by: str
    reason: str
    revoke_url: str


def shown(row: Listed, model: type[Model]) -> Shown:
    """A shared right on a row of `model` in words."""
    return Shown(
        holder=duty_words(row.holder) if row.is_duty else row.holder,
        is_duty=row.is_duty,
        right=right_words(model, row.action),
        until=row.ends_at,
        by=row.by or "",
        reason=row.reason,
        revoke_url=reverse(f"admin:core_{row.kind}_step", args=(row.pk, "revoke")),
    )


class Sharing(StepPages):
    """Mixin for screens: the step Share…, and the list of those with whom a row is shared, for those who may share."""

    @step(
        SHARE,
        _("Share…"),
        form=ShareForm,
        done=_("Shared."),
        keep_label=_("Do not share"),
        in_list=False,
    )
    def share_row(self, request: MemberRequest, record: Model, data: StepData) -> None:
        ends_at = min(_end_of(data["until"]), last_end(timezone.now()))
        share(record, data["right"], to=data["to"], ends_at=ends_at, reason=data["reason"], by=request.user)

    def read_with(self, request: MemberRequest, rows: QuerySet[Model]) -> QuerySet[Model]:
        rows = super().read_with(request, rows)
        return with_any_share(rows) if self._may(request, SHARE) else rows

    def shared_with(self, request: MemberRequest, record: Model) -> list[Shown] | None:
        """With whom `record` is shared; None for those who may not share it."""
        if not self._may(request, SHARE, record):
            return None
        return [shown(row, self.model) for row in shares_on(record)] if is_any_shared(record) else []


def _end_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(23, 59, 59)))
