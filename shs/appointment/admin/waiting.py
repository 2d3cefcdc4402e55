"""The waiting list: who wants to come earlier, what is offered to them, and what the desk does for them."""

from datetime import datetime
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.forms import ModelForm
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from shs.appointment import services
from shs.appointment.admin.suits import suits_fields, suits_of
from shs.appointment.admin.visits import ClinicFilter
from shs.appointment.models import EarlierOffer, EarlierWish, WishState
from shs.core.admin.cells import link_to, person
from shs.core.admin.changelist import AutocompleteFilter
from shs.core.admin.screen import Screen
from shs.core.admin.steps import StepData, StepForm, step
from shs.core.admin.tabs import Tab
from shs.core.dates import show_datetime, show_time, show_weekday
from shs.core.errors import Refused
from shs.core.labels import Label
from shs.users.models import User
from shs.users.numbers import clean_patient_number
from shs.users.requests import UserRequest

KEPT = "kept_offers"
"""Attribute of a row with its open offers."""


def kept_for(wish: EarlierWish) -> EarlierOffer | None:
    """The time that is kept for whoever has the wish."""
    found: list[EarlierOffer] = vars(wish).get(KEPT, [])
    return found[0] if found else None


def offered_now(user: User) -> Q:
    """Wishes for which a time is kept."""
    return Q(
        Exists(
            EarlierOffer.objects.unrestricted("of wishes that are shown")
            .holding(timezone.now())
            .filter(wish=OuterRef("pk"))
        )
    )


class NewWishForm(forms.ModelForm):  # type: ignore[type-arg]  # takes none at runtime
    """Somebody at the desk or on the phone wants to come earlier. They are named by their patient number, because a
    desk may not browse people whom it does not know."""

    patient_number = forms.CharField(label=_("Patient number"), max_length=40, widget=UnfoldAdminTextInputWidget)

    class Meta:
        model = EarlierWish
        fields = ["doctor", "specialty", "clinic"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.update(suits_fields())

    def clean_patient_number(self) -> str:
        number = str(self.cleaned_data["patient_number"])
        people = User.objects.unrestricted("who reads the whole number from a card")
        clean_patient_number(number)
        found = people.with_number(number).filter(is_active=True).first()
        if found is None:
            raise ValidationError(_("Nobody has this patient number."))
        self.instance.patient = found
        return number

    def _post_clean(self) -> None:
        """The service checks and stores it all; the page's own rules ask for fields that the service fills in."""


class SlotForm(StepForm):
    """Which free time is offered by hand; those that suit are marked."""

    slot = forms.ChoiceField(label=_("Free time"), widget=UnfoldAdminSelectWidget)

    def prepare(self) -> None:
        found = services.free_for(self.record, timezone.now())
        cast(forms.ChoiceField, self.fields["slot"]).choices = [
            (f"{match.doctor.pk} {match.opening.starts_at.isoformat()}", _told(match)) for match in found
        ]


def _told(match: services.Match) -> str:
    slot = match.opening
    words = f"{show_weekday(timezone.localtime(slot.starts_at))}, {show_time(slot.starts_at)} · {match.doctor.name}"
    suits = match.wish.accepts(slot.starts_at, slot.clinic_id)
    return words if suits else f"{words} · {_('not a preferred time')}"


@admin.register(EarlierWish)
class EarlierWishScreen(Screen):
    """Who wants to come earlier, by the time of asking."""

    icon = "hourglass_top"
    empty_text = _(
        "Nobody is waiting for an earlier time. Patients ask in the app; the desk adds them here or on the visit."
    )
    list_display = ["who", "for_what", "in_words", "visit_label", "offered", "state_label", "next_steps"]
    list_filter = [("doctor", AutocompleteFilter), ClinicFilter]
    list_select_related = ["patient", "doctor", "specialty", "clinic", "visit"]
    search_fields = ["patient__name", "doctor__name"]
    search_help_text = _("Patient or doctor")
    autocomplete_fields = ["doctor", "specialty", "clinic"]
    ordering = ["made_at", "pk"]
    tabs = [
        Tab("waiting", _("Waiting"), lambda user: Q(state=WishState.WAITING)),
        Tab("offered", _("Offered now"), offered_now),
        Tab("all", _("All"), lambda user: ~Q(pk__in=())),
    ]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("patient", "state_label"),
                    ("doctor", "specialty"),
                    ("clinic", "visit_label"),
                    "in_words",
                    ("made_at", "source"),
                    ("ended_at",),
                ]
            },
        ),
        (_("Offers"), {"fields": ["offers_made"]}),
    ]
    add_form = NewWishForm
    add_fieldsets = [
        (None, {"fields": ["patient_number", "doctor", ("specialty", "clinic")]}),
        (_("Preferred times"), {"fields": [("first_on", "last_on"), "weekdays", ("from_time", "to_time")]}),
    ]
    readonly_fields = ["state_label", "visit_label", "in_words", "offers_made"]
    described_by = ("patient", "doctor", "specialty", "clinic")

    def get_queryset(self, request: UserRequest) -> QuerySet[EarlierWish]:
        """With what is kept for each."""
        rows = EarlierOffer.objects.unrestricted("of wishes that are shown")
        kept = rows.holding(timezone.now()).select_related("doctor")
        return super().get_queryset(request).prefetch_related(Prefetch("offers", kept, to_attr=KEPT))

    def save_model(self, request: UserRequest, obj: EarlierWish, form: "ModelForm[EarlierWish]", change: bool) -> None:
        chosen = {name: getattr(form.cleaned_data.get(name), "pk", None) for name in ("doctor", "specialty", "clinic")}
        made = services.ask_earlier(
            patient=obj.patient,
            doctor_id=chosen["doctor"],
            specialty_id=chosen["specialty"],
            clinic_id=chosen["clinic"],
            suits=suits_of(form.cleaned_data),
            by=request.user,
            now=timezone.now(),
        )
        vars(obj).update(vars(made))

    @display(description=_("Patient"), header=True)
    def who(self, wish: EarlierWish) -> list[str]:
        return person(wish.patient.name, wish.patient.patient_number)

    @display(description=_("Doctor or specialty"))
    def for_what(self, wish: EarlierWish) -> str:
        with_whom = str(wish.doctor or wish.specialty)
        return f"{with_whom} · {wish.clinic.name}" if wish.clinic else with_whom

    @display(description=_("Preferred times"))
    def in_words(self, wish: EarlierWish) -> str:
        return wish.in_words

    @display(description=_("Visit now"))
    def visit_label(self, wish: EarlierWish) -> str:
        if wish.visit is None:
            return "–"
        url = reverse("admin:appointment_appointment_change", args=(wish.visit_id,))
        return link_to(url, show_datetime(wish.visit.starts_at))

    @display(description=_("Offered"))
    def offered(self, wish: EarlierWish) -> Label:
        kept = kept_for(wish)
        return _kept_in_words(kept) if kept else "–"

    @display(
        description=_("State"),
        label={str(WishState.WAITING.label): "warning", str(WishState.SERVED.label): "success"},
    )
    def state_label(self, wish: EarlierWish) -> Label:
        return wish.get_state_display()

    @display(description=_("Offers so far"))
    def offers_made(self, wish: EarlierWish) -> str:
        lines = [
            (f"{_kept_in_words(offer) if offer.closed_at is None else _closed_in_words(offer)}",)
            for offer in wish.offers.select_related("doctor")[:20]
        ]
        return format_html_join("", "<p>{}</p>", lines) or "–"

    @step(
        "offer",
        _("Offer a time…"),
        form=SlotForm,
        text=_("The time is kept for the patient for a while, and they get a message. In the night no text is sent."),
        done=_("The time is offered."),
        when=lambda wish: wish.state == WishState.WAITING and kept_for(wish) is None,
    )
    def offer(self, request: UserRequest, wish: EarlierWish, data: StepData) -> None:
        doctor, _space, at = str(data["slot"]).partition(" ")
        starts_at = datetime.fromisoformat(at)
        services.offer_slot(wish=wish, doctor_id=int(doctor), starts_at=starts_at, is_by_hand=True, now=timezone.now())

    @step(
        "offer",
        _("Patient accepts"),
        primary=True,
        text=_("Only if the patient has said so, for example on the phone. The visit is then moved or booked."),
        done=_("The visit is at the earlier time now. The patient is told."),
        when=lambda wish: kept_for(wish) is not None,
    )
    def accept(self, request: UserRequest, wish: EarlierWish, data: StepData) -> None:
        services.accept_offer(offer=_kept(wish), by=request.user, now=timezone.now())

    @step(
        "offer",
        _("Patient declines"),
        text=_("The next one on the list gets the time. The patient stays on the list."),
        done=_("The offer is over."),
        when=lambda wish: kept_for(wish) is not None,
    )
    def decline(self, request: UserRequest, wish: EarlierWish, data: StepData) -> None:
        services.decline_offer(offer=_kept(wish), now=timezone.now())

    @step(
        "withdraw",
        _("Remove from waiting list…"),
        danger=True,
        text=_("No earlier time is offered to the patient any more. The visit stays as it is."),
        done=_("The patient is no longer on the waiting list."),
        when=lambda wish: wish.state == WishState.WAITING,
    )
    def withdraw(self, request: UserRequest, wish: EarlierWish, data: StepData) -> None:
        with transaction.atomic():
            services.withdraw_wish(wish=wish, now=timezone.now())


def _kept(wish: EarlierWish) -> EarlierOffer:
    """The open offer of a wish; Refused (409) if it is over by now."""
    offer = kept_for(wish)
    if offer is None:
        raise Refused(_("This offer is over."))
    return offer


def _kept_in_words(offer: EarlierOffer) -> str:
    words = _("%(when)s, %(doctor)s, kept until %(until)s")
    about = {"when": show_datetime(offer.starts_at), "doctor": offer.doctor.name, "until": show_time(offer.open_until)}
    return str(words % about)


def _closed_in_words(offer: EarlierOffer) -> str:
    return f"{show_datetime(offer.starts_at)}, {offer.doctor.name}: {offer.get_outcome_display()}"
