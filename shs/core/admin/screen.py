"""The base of every admin screen. It closes what the packages leave open (a system check refuses a model that
is registered without it), and asks the grant table for every row and every step."""

from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.db.models import Model
from django.http import HttpResponse

from shs.core.admin.base import Context
from shs.core.admin.changelist import ListPages
from shs.core.admin.forms import EditConflictForm, ModelForm
from shs.core.admin.history import HistoryPages
from shs.core.admin.quick_search import QuickSearch
from shs.core.admin.rights import FieldSets
from shs.core.admin.steps import StepPages, offered_on
from shs.core.caller import MemberRequest
from shs.core.errors import Refused, refusal_for
from shs.core.records.models import Record

REFUSAL = "shs.refusal"
"""The key in `request.META` of why the form that was sent is refused."""


class Screen(StepPages, HistoryPages, QuickSearch, ListPages):
    """One model in the back office: lists columns and names steps; it holds no rule."""

    add_form: type[ModelForm] | None = None
    """The form of the page that adds a row; None: the one that changes it."""
    add_fieldsets: FieldSets | None = None
    """What that page asks; all of it is typed, also what is locked from then on. None: the same as a row's page."""

    def changeform_view(
        self,
        request: MemberRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Context | None = None,
    ) -> HttpResponse:
        """A refusal, or a race lost at a constraint, is an error on the form; what was typed stays."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except (IntegrityError, Refused) as error:
            refusal = error if isinstance(error, Refused) else refusal_for(error)
            if refusal is None:
                raise
        request.META[REFUSAL] = refusal.detail
        return super().changeform_view(request, object_id, form_url, extra_context)

    def whole_list(self, request: MemberRequest) -> dict[str, str]:
        return {"tab": "all"} if any(tab.key == "all" for tab in self.get_tabs(request)) else {}

    def get_fieldsets(self, request: MemberRequest, obj: Model | None = None) -> FieldSets:
        return self.add_fieldsets if obj is None and self.add_fieldsets else super().get_fieldsets(request, obj)

    def get_form(
        self, request: MemberRequest, obj: Model | None = None, change: bool = False, **kwargs: object
    ) -> type[ModelForm]:
        if obj is None and self.add_form:
            kwargs.setdefault("form", self.add_form)
        form: type[ModelForm] = super().get_form(request, obj, change, **kwargs)
        if isinstance(obj, Record) and self.has_change_permission(request, obj):
            form = type(form.__name__, (EditConflictForm, form), {})
        refusal = request.META.get(REFUSAL)
        if refusal is None:
            return form

        def clean(self: ModelForm) -> None:
            form.clean(self)
            raise ValidationError(str(refusal))

        return type(form.__name__, (form,), {"clean": clean})

    def delete_view(self, request: MemberRequest, object_id: str, extra_context: Context | None = None) -> HttpResponse:
        if not self._may(request, "delete"):
            raise PermissionDenied
        return super().delete_view(request, object_id, extra_context)

    def render_change_form(
        self,
        request: MemberRequest,
        context: Context,
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Model | None = None,
    ) -> HttpResponse:
        if obj is not None:
            self.log_revealed(request, obj)
            context["show_history"] = self.shows_history(request, obj)
            self.offer_steps(request, [obj])
            context["offered_steps"] = [(offered, self.step_url(obj, offered)) for offered in offered_on(obj)]
        return super().render_change_form(request, context, add, change, form_url, obj)

    def get_readonly_fields(self, request: MemberRequest, obj: Model | None = None) -> list[str]:
        """Status fields and the like are named once on the model: `locked_fields` are never typed."""
        if obj is None and self.add_fieldsets:
            return []
        fields = list(super().get_readonly_fields(request, obj))
        fields += [name for name in getattr(self.model, "locked_fields", ()) if name not in fields]
        shown = flatten_fieldsets(list(self.get_fieldsets(request, obj))) if self.fieldsets or self.fields else fields
        return [name for name in fields if name in shown]
