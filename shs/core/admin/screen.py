"""Screen: the base class of every ModelAdmin of the project. It closes what the packages leave open (a system check
refuses a model registered without it), and asks the grant table for every row and every step."""

from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import Model
from django.http import HttpResponse

from shs.core.admin.base import Context
from shs.core.admin.changelist import ListPages
from shs.core.admin.forms import EditConflictForm, ModelForm, TidyForm
from shs.core.admin.history import HistoryPages
from shs.core.admin.quick_search import QuickSearch
from shs.core.admin.removal import DeletePages
from shs.core.admin.rights import FieldSets
from shs.core.admin.sharing import Sharing
from shs.core.admin.steps import offered_on
from shs.core.bundles import with_bundles
from shs.core.caller import MemberRequest
from shs.core.errors import Refused, refusal_for
from shs.core.records.models import Record
from shs.core.templatetags.page_title import new

REFUSAL = "shs.refusal"
"""The key in `request.META` under which the reason for refusing the submitted form is stored."""


class Screen(Sharing, DeletePages, HistoryPages, QuickSearch, ListPages):
    """The ModelAdmin of one model: lists columns and names steps, but contains no rules of its own."""

    add_form: type[ModelForm] | None = None
    """The form of the add page; None: the same as on the change page."""
    add_fieldsets: FieldSets | None = None
    """The fieldsets of the add page, where also `locked_fields` are editable. None: the same as on the change page."""

    def changeform_view(
        self,
        request: MemberRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Context | None = None,
    ) -> HttpResponse:
        """Show a refusal, or a constraint violated by a race, as a form error; the typed values are kept."""
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
        form = type(form.__name__, (TidyForm, form), {})
        if isinstance(obj, Record) and self.has_change_permission(request, obj):
            form = type(form.__name__, (EditConflictForm, form), {})
        refusal = request.META.get(REFUSAL)
        if refusal is None:
            return form

        def clean(self: ModelForm) -> None:
            form.clean(self)
            raise ValidationError(str(refusal))

        return type(form.__name__, (form,), {"clean": clean})

    def render_change_form(
        self,
        request: MemberRequest,
        context: Context,
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Model | None = None,
    ) -> HttpResponse:
        context |= {"title": new(self.opts) if add else str(obj), "subtitle": None}
        if obj is not None:
            self.log_revealed(request, obj)
            context["show_history"] = self.shows_history(request, obj)
            self.offer_steps(request, [obj])
            context["shared_with"] = self.shared_with(request, obj)
            context["offered_steps"] = [(offered, self.step_url(obj, offered)) for offered in offered_on(obj)]
        return with_bundles(super().render_change_form(request, context, add, change, form_url, obj))

    def get_readonly_fields(self, request: MemberRequest, obj: Model | None = None) -> list[str]:
        """Fields named in the model's `locked_fields`, such as a status, are never editable."""
        if obj is None and self.add_fieldsets:
            return []
        fields = list(super().get_readonly_fields(request, obj))
        fields += [name for name in getattr(self.model, "locked_fields", ()) if name not in fields]
        if obj is not None and self.only_shared(request, obj):
            fields += [name for name in self.relations() if name not in fields]
        shown = flatten_fieldsets(list(self.get_fieldsets(request, obj))) if self.fieldsets or self.fields else fields
        return [name for name in fields if name in shown]
