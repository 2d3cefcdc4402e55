"""The screen of access grants: rights of one person on one chart, clinic or case."""

from django.contrib import admin
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter
from unfold.decorators import display

from shs.core.admin.screen import Screen
from shs.core.admin.steps import ReasonForm, StepData, step
from shs.core.admin.tabs import Tab
from shs.core.grants.models import ObjectGrant
from shs.medical_record import services
from shs.medical_record.permissions import to_charts
from shs.users.requests import UserRequest


@admin.register(ObjectGrant)
class ObjectGrantScreen(Screen):
    """Rights of one person on one object. They are granted elsewhere and are read-only here, except that access to a
    chart can be revoked."""

    icon = "key"
    empty_text = _("People who were given access to a chart, a clinic desk or a case are listed here.")
    list_display = ["user", "right", "source", "granted_by", "expires_at", "next_steps"]
    list_filter = [("source", ChoicesDropdownFilter), ("user", AutocompleteSelectFilter)]
    list_select_related = ["user", "granted_by", "permission"]
    search_fields = ["user__name"]
    search_help_text = _("Person")
    ordering = ["-pk"]
    tabs = [
        Tab("charts", _("Charts"), to_charts),
        Tab("all", _("All"), lambda user: ~to_charts(user) | to_charts(user)),
    ]
    fieldsets = [
        (None, {"fields": [("user", "right"), ("source", "reason"), ("granted_by", "created_at", "expires_at")]})
    ]
    readonly_fields = ["user", "right", "source", "reason", "granted_by", "created_at", "expires_at"]

    def get_queryset(self, request: UserRequest) -> QuerySet[ObjectGrant]:
        return super().get_queryset(request).prefetch_related("content_object")

    @display(description=_("Right"))
    def right(self, grant: ObjectGrant) -> str:
        return f"{gettext(grant.permission.name)}: {grant.content_object}"

    @step(
        "revoke",
        _("Revoke…"),
        keep_label=_("Keep access"),
        form=ReasonForm,
        danger=True,
        text=_("Takes effect immediately: this person can no longer read the chart on this basis."),
        done=_("Access revoked."),
    )
    def revoke(self, request: UserRequest, grant: ObjectGrant, data: StepData) -> None:
        services.close_chart(grant=grant, reason=data["reason"])

    def url_of(self, record: ObjectGrant) -> str:
        # A revoked grant has no page any more.
        if not ObjectGrant.objects.unrestricted("whether it is there still").filter(pk=record.pk).exists():
            return reverse("admin:core_objectgrant_changelist")
        return super().url_of(record)
