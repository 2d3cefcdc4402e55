"""The screen for contact details."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from shs.core.admin.masks import masked_phone
from shs.core.admin.screen import Screen
from shs.users.models import User, UserProfile


@admin.register(UserProfile)
class UserProfileScreen(Screen):
    """Contact details; a desk sees and corrects those of its patients."""

    icon = "contact_phone"
    reveals = "contact details"
    history_needs = "read_person"
    empty_text = _("Contact details of your patients are listed here.")
    list_display = ["who", "masked_phone", "city"]
    search_fields = ["user__name"]
    list_select_related = ["user"]
    ordering = ["-pk"]
    fieldsets = [
        (None, {"fields": ["person_link", ("phone", "emergency_contact"), "address", "city"]}),
        (_("Personal"), {"fields": [("date_of_birth", "gender", "blood_group")]}),
    ]
    readonly_fields = ["person_link"]
    concealed_from = {"date_of_birth": "read_person", "gender": "read_person", "blood_group": "read_person"}

    def person_of(self, profile: UserProfile) -> User:
        return profile.user

    @display(description=_("Person"), ordering="user__name")
    def who(self, profile: UserProfile) -> str:
        return profile.user.name

    @display(description=_("Phone"))
    def masked_phone(self, profile: UserProfile) -> str:
        return masked_phone(profile.phone)

    @display(description=_("Person"))
    def person_link(self, profile: UserProfile) -> str:
        return profile.user.name
