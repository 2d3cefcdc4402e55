"""The base of every admin screen. It closes what the packages leave open (a system check refuses a model that
is registered without it), and asks the grant table for every row and every step."""

from typing import Any

from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError

from shs.core.admin.changelist import ListPages
from shs.core.admin.forms import EditConflictForm
from shs.core.admin.history import HistoryPages
from shs.core.admin.quick_search import QuickSearch
from shs.core.admin.steps import StepPages
from shs.core.errors import Refused, refusal_for
from shs.core.records.models import Record


class Screen(StepPages, HistoryPages, QuickSearch, ListPages):
    """One model in the back office: lists columns and names steps; it holds no rule."""

    add_form: Any = None
    """The form of the page that adds a row; None: the one that changes it."""
    add_fieldsets: Any = None
    """What that page asks; all of it is typed, also what is locked from then on. None: the same as a row's page."""

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

    def get_fieldsets(self, request, obj=None):
        return self.add_fieldsets if obj is None and self.add_fieldsets else super().get_fieldsets(request, obj)

    def get_form(self, request, obj=None, change=False, **kwargs):
        if obj is None and self.add_form:
            kwargs.setdefault("form", self.add_form)
        form: Any = super().get_form(request, obj, change, **kwargs)
        if isinstance(obj, Record) and self.has_change_permission(request, obj):
            form = type(form.__name__, (EditConflictForm, form), {})
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

    def get_readonly_fields(self, request, obj=None):
        """Status fields and the like are named once on the model: `locked_fields` are never typed."""
        if obj is None and self.add_fieldsets:
            return []
        fields = list(super().get_readonly_fields(request, obj))
        fields += [name for name in getattr(self.model, "locked_fields", ()) if name not in fields]
        shown = flatten_fieldsets(self.get_fieldsets(request, obj)) if self.fieldsets or self.fields else fields
        return [name for name in fields if name in shown]
