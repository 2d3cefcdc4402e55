"""Screens for the other names of specializations and places."""

from typing import cast

from django.contrib import admin
from django.forms import ModelForm
from django.utils.translation import gettext_lazy as _

from shs.core.admin.screen import Screen
from shs.core.records.models import Record
from shs.doctors import services
from shs.doctors.models import DoctorInformation, PlaceName, SpecialtyAlias
from shs.users.requests import UserRequest


class OtherNames(Screen):
    """Names by which doctors are found: the words of the doctors follow each change."""

    stays_small = "a catalogue"

    def refresh(self, row: Record, before: Record | None = None) -> None:
        """Update the words of the doctors whom `row` concerns, and of those whom it concerned before."""
        raise NotImplementedError

    def save_model(self, request: UserRequest, obj: Record, form: "ModelForm[Record]", change: bool) -> None:
        before = self.get_queryset(request).filter(pk=obj.pk).first() if change else None
        super().save_model(request, obj, form, change)
        self.refresh(obj, cast("Record | None", before))

    def delete_model(self, request: UserRequest, obj: Record) -> None:
        super().delete_model(request, obj)
        self.refresh(obj)

    def undo_deletion(self, request: UserRequest, pk: str) -> Record:
        row = super().undo_deletion(request, pk)
        self.refresh(row)
        return row


@admin.register(SpecialtyAlias)
class SpecialtyAliasScreen(OtherNames):
    """What people call a specialization, in English and in Bangla."""

    icon = "translate"
    empty_text = _("Add what patients call a specialization, such as “heart doctor”.")
    list_display = ["name", "specialization"]
    list_select_related = ["specialization"]
    search_fields = ["name", "specialization__name"]
    ordering = ["specialization__name", "name"]
    autocomplete_fields = ["specialization"]
    fieldsets = [(None, {"fields": [("name", "specialization")]})]

    def refresh(self, row: Record, before: Record | None = None) -> None:
        keys = [cast(SpecialtyAlias, one).specialization_id for one in (row, before) if one is not None]
        doctors = DoctorInformation.objects.unrestricted("what follows from the change")
        services.refresh_all(doctors.filter(specializations__in=keys).distinct())


@admin.register(PlaceName)
class PlaceNameScreen(OtherNames):
    """What a place is called, now and before, in English and in Bangla."""

    icon = "location_on"
    empty_text = _("Add what a place is called, such as “Chittagong” for Chattogram.")
    list_display = ["name", "place", "source"]
    search_fields = ["name", "place"]
    ordering = ["place", "name"]
    fieldsets = [(None, {"fields": [("name", "place"), "source"]})]

    def refresh(self, row: Record, before: Record | None = None) -> None:
        rows = [cast(PlaceName, one) for one in (row, before) if one is not None]
        services.refresh_at([text for one in rows for text in (one.place, one.name)])
