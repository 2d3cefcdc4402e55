"""The screens of access grants: what one person may do on one chart, clinic or case, and what admins have shared."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from shs.core.admin.addresses import page_of
from shs.core.admin.cells import link_to
from shs.core.admin.changelist import AutocompleteFilter
from shs.core.admin.screen import Screen
from shs.core.admin.sharing import duty_words, right_words
from shs.core.admin.steps import ReasonForm, StepData, step
from shs.core.admin.tabs import Tab
from shs.core.admin.wording import kind_words, name_of
from shs.core.grants import shares
from shs.core.grants.held import end_grant
from shs.core.grants.models import GroupShare, ObjectGrant, Share, UserShare
from shs.medical_record.permissions import to_charts
from shs.users.requests import UserRequest


@admin.register(ObjectGrant)
class ObjectGrantScreen(Screen):
    """Rights of one person on one object. They are granted elsewhere; here they are read-only and can be revoked."""

    icon = "key"
    empty_text = _("People who were given access to a chart, a clinic desk or a case are listed here.")
    list_display = ["user", "right", "source", "granted_by", "expires_at", "next_steps"]
    list_filter = [("source", ChoicesDropdownFilter), ("user", AutocompleteFilter)]
    list_select_related = ["user", "granted_by", "permission"]
    search_fields = ["user__name"]
    search_help_text = _("Person")
    ordering = ["-pk"]
    tabs = [
        Tab("charts", _("Charts"), to_charts),
        Tab("all", _("All"), lambda user: ~Q(pk__in=())),
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
        text=_("Takes effect immediately: this person loses what the grant allows."),
        done=_("Access revoked."),
    )
    def revoke(self, request: UserRequest, grant: ObjectGrant, data: StepData) -> None:
        end_grant(grant, reason=data["reason"])

    def url_of(self, record: ObjectGrant) -> str:
        # A revoked grant has no page any more.
        if not ObjectGrant.objects.unrestricted("whether it is there still").filter(pk=record.pk).exists():
            return reverse("admin:core_objectgrant_changelist")
        return super().url_of(record)


class ShareScreen(Screen):
    """Rights on single objects that admins have shared; they are shared on the page of the object, and revoked here."""

    icon = "share"
    list_select_related = ["permission", "content_type", "granted_by"]
    ordering = ["-pk"]
    readonly_fields = ["on", "right", "reason", "granted_by", "created_at", "ends_at"]

    def get_queryset(self, request: UserRequest) -> QuerySet[Share]:
        return super().get_queryset(request).prefetch_related("content_object")

    @display(description=_("On"))
    def on(self, row: Share) -> str:
        obj = row.content_object
        if obj is None:
            return "–"
        words = f"{kind_words(type(obj))}: {name_of(obj)}"
        return link_to(url, words) if (url := page_of(obj)) else words

    @display(description=_("They may"))
    def right(self, row: Share) -> str:
        return right_words(row.content_type.model_class(), row.action)

    @step(
        "revoke",
        _("Revoke…"),
        keep_label=_("Keep sharing"),
        form=ReasonForm,
        danger=True,
        text=_(
            "Takes effect immediately. Revoking the right to view also revokes all other rights on the same record."
        ),
        done=_("Revoked."),
    )
    def revoke(self, request: UserRequest, row: Share, data: StepData) -> None:
        shares.revoke(row, reason=data["reason"])

    def url_of(self, record: Share) -> str:
        # A revoked right has no page any more.
        if not type(record).objects.unrestricted("whether it is there still").filter(pk=record.pk).exists():
            return reverse(f"admin:core_{self.opts.model_name}_changelist")
        return super().url_of(record)


@admin.register(UserShare)
class UserShareScreen(ShareScreen):
    """What is shared with people."""

    empty_text = _("What admins share with people, by “Share…” on the page of a record, is listed here.")
    list_display = ["user", "on", "right", "granted_by", "ends_at", "next_steps"]
    list_filter = [("user", AutocompleteFilter)]
    list_select_related = [*ShareScreen.list_select_related, "user"]
    search_fields = ["user__name"]
    search_help_text = _("Person")
    fieldsets = [(None, {"fields": [("user", "on", "right"), "reason", ("granted_by", "created_at", "ends_at")]})]
    readonly_fields = ["user", *ShareScreen.readonly_fields]


@admin.register(GroupShare)
class GroupShareScreen(ShareScreen):
    """What is shared with duties."""

    empty_text = _("What admins share with a duty, by “Share…” on the page of a record, is listed here.")
    list_display = ["duty", "on", "right", "granted_by", "ends_at", "next_steps"]
    list_select_related = [*ShareScreen.list_select_related, "group"]
    fieldsets = [(None, {"fields": [("duty", "on", "right"), "reason", ("granted_by", "created_at", "ends_at")]})]
    readonly_fields = ["duty", *ShareScreen.readonly_fields]

    @display(description=_("Duty"))
    def duty(self, row: GroupShare) -> str:
        return duty_words(row.group.name)
