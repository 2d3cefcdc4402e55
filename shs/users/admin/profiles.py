"""The screen for contact details."""

from collections.abc import Sequence

from django.contrib import admin
from django.http import Http404, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from shs.core.admin.pages import Page
from shs.core.admin.screen import Screen
from shs.core.admin.steps import StepData, step
from shs.core.dates import show_date
from shs.core.phones import mask_phone, show_phone
from shs.core.reads.log import log_read
from shs.core.records.files import JPEG, PNG, file_answer
from shs.users import contacts, identity
from shs.users.admin.cards import with_card_link
from shs.users.admin.profile_forms import EndPhoneForm, IdentifierForm, PhoneForm, ProfileForm
from shs.users.models import User, UserProfile
from shs.users.requests import UserRequest


@admin.register(UserProfile)
class UserProfileScreen(Screen):
    """Contact details; a desk sees and corrects those of its patients."""

    form = ProfileForm
    icon = "contact_phone"
    reveals = "contact details"
    history_needs = "read_person"
    empty_text = _("Contact details of your patients are listed here.")
    list_display = ["who", "number", "masked_phone", "district", "city"]
    search_fields = ["user__name"]
    list_select_related = ["user"]
    ordering = ["-pk"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("person_link", "number_and_card"),
                    ("phone", "further_phones"),
                    ("confirmed_phones", "app_login"),
                    "emergency_contact",
                    "address",
                    ("district", "upazila"),
                    "city",
                ]
            },
        ),
        (
            _("Personal"),
            {
                "fields": [
                    ("date_of_birth", "age"),
                    ("gender", "blood_group"),
                    ("father_name", "mother_name"),
                    "spouse_name",
                    "identity_numbers",
                    ("photo", "shown_photo"),
                ]
            },
        ),
    ]
    readonly_fields = [
        "person_link",
        "number_and_card",
        "further_phones",
        "confirmed_phones",
        "app_login",
        "age",
        "identity_numbers",
        "shown_photo",
    ]
    concealed_from = {
        "date_of_birth": "read_person",
        "age": "read_person",
        "gender": "read_person",
        "blood_group": "read_person",
    }
    pages = [Page("<path:object_id>/photo/", "photo_view", "photo", needs="view")]

    def person_of(self, profile: UserProfile) -> User:
        return profile.user

    def prepare_page(self, request: UserRequest, records: Sequence[UserProfile]) -> None:
        super().prepare_page(request, records)
        numbers = contacts.numbers_of(profile.user_id for profile in records)
        for profile in records:
            profile.listed_phone = numbers.get(profile.user_id, "")

    def save_model(self, request: UserRequest, obj: UserProfile, form: ProfileForm, change: bool) -> None:
        """Stores the phone and what is known of the date of birth, too."""
        now = timezone.now()
        if "date_of_birth" in form.fields:
            obj.be_born(form.birth, timezone.localdate(now))
        super().save_model(request, obj, form, change)
        if "phone" in form.changed_data:
            contacts.set_phone(person=obj.user, text=form.cleaned_data["phone"], now=now)

    def photo_view(self, request: UserRequest, profile: UserProfile) -> HttpResponseBase:
        """The photo; 404 if there is none."""
        if not profile.photo:
            raise Http404
        log_read(request.user, what="photo", ids=[profile.pk], subject=profile.user)
        name = profile.photo.name or ""
        return file_answer(profile.photo, PNG if name.endswith(".png") else JPEG)

    @display(description=_("Person"), ordering="user__name")
    def who(self, profile: UserProfile) -> str:
        return profile.user.name

    @display(description=_("Patient number"))
    def number(self, profile: UserProfile) -> str:
        return profile.user.patient_number

    @display(description=_("Patient number"))
    def number_and_card(self, profile: UserProfile) -> str:
        return with_card_link(profile.user)

    @display(description=_("Phone"))
    def masked_phone(self, profile: UserProfile) -> str:
        return mask_phone(profile.listed_phone)

    @display(description=_("Person"))
    def person_link(self, profile: UserProfile) -> str:
        return profile.user.name

    @display(description=_("Phone"))
    def phone(self, profile: UserProfile) -> str:
        return show_phone(contacts.number_of(profile.user_id)) or "–"

    @display(description=_("Further phones"))
    def further_phones(self, profile: UserProfile) -> str:
        others = contacts.phones_of(profile.user_id)[1:]
        return ", ".join(show_phone(point.value) for point in others) or "–"

    @display(description=_("Confirmed phones"))
    def confirmed_phones(self, profile: UserProfile) -> str:
        said = _("%(phone)s, by a code on %(day)s")
        days = [
            (show_phone(point.value), show_date(point.confirmed_at))
            for point in contacts.phones_of(profile.user_id)
            if point.confirmed_at
        ]
        return "; ".join(said % {"phone": phone, "day": day} for phone, day in days) or "–"

    @display(description=_("Login in the app"))
    def app_login(self, profile: UserProfile) -> str:
        user = profile.user
        if user.phone_login_at:
            day = show_date(user.phone_login_at)
            return _("By phone since %(day)s") % {"day": day}
        return str(_("By e-mail address") if user.email else _("None yet"))

    @display(description=_("Age"))
    def age(self, profile: UserProfile) -> str:
        return profile.shown_age(timezone.localdate()) or "–"

    @display(description=_("Identity numbers"))
    def identity_numbers(self, profile: UserProfile) -> str:
        rows = identity.numbers_of(profile.user_id)
        lines = ((reverse("admin:users_personidentifier_change", args=(row.pk,)), row, row.masked) for row in rows)
        return format_html_join(", ", '<a class="shs-link" href="{}">{} {}</a>', lines) or "–"

    @display(description=_("Present photo"))
    def shown_photo(self, profile: UserProfile) -> str:
        if not profile.photo:
            return "–"
        url = reverse("admin:users_userprofile_photo", args=(profile.pk,))
        return format_html('<img class="shs-document" src="{}" alt="{}">', url, profile.user.name)

    @step(
        "change",
        _("Add a phone…"),
        form=PhoneForm,
        text=_("It becomes the main phone. Several people may have the same one."),
        done=_("The phone is stored."),
        in_list=False,
    )
    def add_phone(self, request: UserRequest, profile: UserProfile, data: StepData) -> None:
        contacts.add_phone(person=profile.user, text=data["phone"])

    @step(
        "change",
        _("Remove a phone…"),
        form=EndPhoneForm,
        text=_("The person can no longer be reached at this number."),
        done=_("The phone was removed."),
        in_list=False,
    )
    def end_phone(self, request: UserRequest, profile: UserProfile, data: StepData) -> None:
        contacts.end_phone(person=profile.user, point=int(data["point"]), reason=data["reason"], now=timezone.now())

    @step(
        "change",
        _("Add an identity number…"),
        form=IdentifierForm,
        text=_("It is stored encrypted. Pages show its last three digits; who reveals it is written to the read log."),
        done=_("The number is stored."),
        in_list=False,
    )
    def add_number(self, request: UserRequest, profile: UserProfile, data: StepData) -> None:
        identity.add(person=profile.user, system=data["system"], text=data["number"])
