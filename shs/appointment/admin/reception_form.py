"""The form of the desk's dialog: a newcomer or somebody who is known, and a visit now, later or none."""

from contextlib import nullcontext
from datetime import datetime
from functools import partial
from typing import NamedTuple, cast
from urllib.parse import urlencode

from django import forms
from django.db import transaction
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from shs.appointment import services
from shs.appointment.admin.identity import proof_fields
from shs.appointment.admin.picker import (
    Choice,
    Look,
    Looks,
    Picker,
    PickerField,
    PickerWidget,
    Times,
    first_of_each,
    key_in,
    naming_free_times,
    of_specialty,
    read_slot,
    slot_text,
    slot_value,
    specialties_of,
    times_of,
)
from shs.appointment.models import Appointment, IdentityCheck
from shs.core.admin.forms import Choose
from shs.core.errors import Refused
from shs.core.labels import Label
from shs.core.records.values import validate_name
from shs.doctors.models import Clinic, DoctorInformation
from shs.users.models import User, UserProfile

NOW, LATER = "now", "later"
"""What `when` says of a walk-in, and how a page asks for the first free time."""

TYPED = ("name", "phone", "no_phone", "birth", "gender", "circumstances")


def _text(label: Label, most: int, **attrs: str) -> forms.CharField:
    widget = UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", **attrs})
    return forms.CharField(label=label, max_length=most, required=False, widget=widget)


class ReceptionForm(Looks, forms.Form):
    """Who comes, and when. What is missing of a newcomer is told by the service. `people` are those who may be
    meant."""

    doctor = Choose(DoctorInformation, "schedule", label=_("Doctor"), required=False)
    specialty = forms.TypedChoiceField(
        label=_("Specialty"), required=False, coerce=int, empty_value=None, widget=UnfoldAdminSelectWidget
    )
    name = _text(_("Name"), 150, autofocus="autofocus", spellcheck="false")
    name.validators.append(validate_name)  # also a number or an address; the service asks for a person's name
    phone = _text(_("Phone"), 100, inputmode="tel")
    no_phone = _text(_("Why no phone"), 200)
    birth = _text(_("Age or date of birth"), 40)
    gender = forms.ChoiceField(
        label=_("Sex"),
        choices=[("", "–"), *UserProfile.Gender.choices],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    when = PickerField(label=_("Time"))
    is_unknown = forms.BooleanField(label=_("Identity unknown"), required=False)
    circumstances = forms.CharField(
        label=_("Circumstances"),
        help_text=_("Where and how the patient arrived, and what they wear. Nothing about their health."),
        max_length=500,
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )
    sends_code = forms.BooleanField(label=_("Send them a code as proof of identity"), required=False)
    people: list[services.Double]
    crowding: str = ""
    """Why this visit is one too many, if it is: the desk is warned."""

    def __init__(
        self,
        data: QueryDict | None,
        *,
        user: User,
        clinic: Clinic,
        doctors: list[DoctorInformation],
        initial: dict[str, object],
        now: datetime,
    ) -> None:
        super().__init__(data, initial=initial, auto_id="reception_%s")
        proof = proof_fields(IdentityCheck.How.DOCUMENT, IdentityCheck.How.CARD, IdentityCheck.How.NONE)
        self.fields.update({**proof, "sends_code": self.fields.pop("sends_code")})
        self.fields["how"].required = False
        self.proof = [*proof, "sends_code"]
        self.user, self.clinic, self.now = user, clinic, now
        self.doctors = [row.pk for row in doctors]
        doctor = cast(Choose, self.fields["doctor"])
        doctor.offer(user, pk__in=self.doctors)
        doctor.choices = [(row.pk, row.name) for row in doctors]
        named = specialties_of(doctors)
        cast(forms.ChoiceField, self.fields["specialty"]).choices = [("", "–"), *named] if len(named) > 1 else []
        cast(PickerWidget, self.fields["when"].widget).make = lambda: self.picker
        self.rows = doctors
        if data is None:
            self.initial["when"] = first_choice(str(initial.get("when", NOW)), self.picker)
        self.people = []
        if data is not None:
            self.people = self._doubles(data)

    def _doctor_key(self) -> int | None:
        """The doctor whose times are offered."""
        asked = self["doctor"].value()
        return next((pk for pk in self.doctors if str(pk) == str(asked)), next(iter(self.doctors), None))

    @cached_property
    def picker(self) -> Picker:
        """What `when` offers."""
        asked = str(self["specialty"].value() or "")
        offered = {str(key): key for key, _name in specialties_of(self.rows)}
        make = partial(
            picker_for, self._doctor_key(), self.rows, self.clinic.pk, self.now, specialty=offered.get(asked)
        )
        found = make(look=self.look)
        far = None if self.is_bound else read_slot(str(self.initial.get("when", "")))
        if far is not None and not found.offers(slot_text(far)):  # a link of the calendar to a later week
            found = make(look=Look(first=far.date()))
        found.chooses = self.look is not None  # never after a refusal: another time would be booked by Enter
        return found

    def _doubles(self, data: QueryDict) -> list[services.Double]:
        typed = {name: data.get(name, "")[:150].replace("\x00", "") for name in ("name", "phone", "birth")}
        return services.doubles(self.user, **typed, now=self.now)

    @property
    def chosen(self) -> str:
        """The key of the person who was chosen, as it was posted; empty for a newcomer."""
        return str(self.data.get("person", ""))

    @property
    def asked_proof(self) -> list[forms.BoundField]:
        """The fields about the proof of identity, which those who are known need for a walk-in."""
        return [self[name] for name in self.proof]

    def clean(self) -> dict[str, object]:
        data = super().clean() or {}
        when = str(data.get("when", ""))
        data["at"], other = read_choice(when)
        if "when" not in self.data or (when not in ("", NOW) and data["at"] is None):
            self.add_error("when", _("Choose one of the times."))
        if other is not None:
            data["doctor"] = next((row for row in self.rows if row.pk == other), None)
        if when and not data.get("doctor") and "doctor" not in self.errors:
            self.add_error("doctor", _("Choose the doctor."))
        if self.chosen:
            data["patient"] = self._known()
            if not when:
                self.add_error("when", _("Choose a time."))
            self._check_card(data)
        else:
            data["newcomer"] = self._newcomer()
        return data

    def _known(self) -> User | None:
        """The person who was chosen: one of those who are shown, or whom the desk knows."""
        shown = next((double.person for double in self.people if str(double.person.pk) == self.chosen), None)
        if shown is None and self.chosen.isdecimal() and len(self.chosen) < 19:
            rows = User.objects.allowed(self.user, "view").patients()
            shown = rows.filter(pk=int(self.chosen)).first()
        if shown is None:
            self.add_error(None, _("This person cannot be chosen. Enter their number, phone or name again."))
        return shown

    def _check_card(self, data: dict[str, object]) -> None:
        """A wrong code of a card is counted here, before the transaction that it would undo."""
        code = str(data.get("card") or "")
        if data.get("how") == IdentityCheck.How.CARD and code and isinstance(person := data.get("patient"), User):
            try:
                services.require_card(patient=person, code=code, now=self.now)
            except Refused as refusal:
                self.add_error("card", str(refusal.detail))

    def _newcomer(self) -> services.Newcomer:
        data = {name: str(self.cleaned_data.get(name) or "") for name in TYPED}
        newcomer = services.Newcomer(**data, is_unknown=bool(self.cleaned_data.get("is_unknown")))
        for field, sentence in newcomer.complaints(timezone.localdate(self.now)).items():
            if field not in self.errors:
                self.add_error(field, sentence)
        seen = set(self.data.getlist("seen")) if isinstance(self.data, QueryDict) else set()
        unseen = [double for double in self.people if str(double.person.pk) not in seen]
        if unseen and not newcomer.is_unknown and not self.errors:
            self.add_error(None, _("Check first: this person may already be registered."))
        return newcomer

    def receive(self) -> dict[str, object] | None:
        """Register and book what a valid form says: the keys of the person and the visit. None if it is refused, with
        the refusal as an error of the form."""
        data = self.cleaned_data
        wanted = data["at"] or timezone.localtime(self.now).replace(tzinfo=None)
        is_booked = data["doctor"] is not None and data["when"]
        telling = naming_free_times(data["doctor"].pk, self.clinic.pk, wanted, self.now) if is_booked else nullcontext()
        try:
            with telling, transaction.atomic():
                return self._receive()
        except Refused as refusal:
            field = "when" if refusal.field in ("date", "time") else refusal.field
            self.add_error(field if field in self.fields else None, str(refusal.detail))
            return None

    def _receive(self) -> dict[str, object]:
        data, person = self.cleaned_data, self.cleaned_data.get("patient")
        if person is None:
            person = services.register(newcomer=data["newcomer"], clinic=self.clinic, by=self.user, now=self.now)
        visit = self._visit(person)
        return {"person": person.pk, "visit": visit.pk if visit else None, "crowding": self.crowding}

    def _visit(self, person: User) -> Appointment | None:
        data, doctor = self.cleaned_data, self.cleaned_data["doctor"]
        if not data["when"]:
            return None
        at: datetime | None = data["at"]
        day = at.date() if at else timezone.localdate(self.now)
        self.crowding = services.crowding(person, doctor.pk, day, self.now)
        if at is not None:
            return services.book(
                patient=person,
                doctor_id=doctor.pk,
                date=day,
                time=at.time(),
                now=self.now,
                source=Appointment.Source.DESK,
                confirms=True,
            )
        visit = services.walk_in(
            patient=person, doctor_id=doctor.pk, clinic=self.clinic, proof=self._proof(), by=self.user, now=self.now
        )
        if data["sends_code"]:
            services.send_code(visit=visit, now=self.now)
        return visit

    def _proof(self) -> services.Proof:
        data = self.cleaned_data
        if data["sends_code"]:
            return services.Proof(IdentityCheck.How.NONE, reason="a code was sent")
        return services.Proof(**{name: str(data.get(name) or "") for name in self.proof if name != "sends_code"})


class When(NamedTuple):
    """What a choice of `when` says: a wall-clock time without a zone, and the key of another doctor than the form's."""

    at: datetime | None = None
    doctor: int | None = None


def read_choice(when: str) -> When:
    """The time and the doctor of a slot of the picker; without a time if it is none."""
    slot, _at, key = when.partition("@")
    return When(read_slot(slot), key_in(key)) if not key or key_in(key) else When()


def picker_for(
    doctor: int | None,
    doctors: list[DoctorInformation],
    clinic: int,
    now: datetime,
    *,
    specialty: int | None = None,
    look: Look | None = None,
) -> Picker:
    """What `when` offers: now and the slots of `doctor`, of `look.doctor` or of a specialty, and no visit. `doctors`
    are all that can be chosen at the clinic with this key."""
    url = f"{reverse('admin:desk_slots')}?{urlencode({'clinic': clinic})}"
    none = Choice("", _("No visit: only register"))
    look = look or Look()
    shown = next((row for row in doctors if row.pk == (look.doctor or doctor)), None)
    if specialty is not None and look.doctor is None:
        able = of_specialty(doctors, specialty)
        rows = first_of_each(able, clinic, now, value=lambda who, at: f"{at:%Y-%m-%dT%H:%M}@{who.pk}")
        return Picker(_("First free time of each doctor"), rows, last=[none], url=url)
    if shown is None:
        return Picker(_("Free times"), [], last=[none], url=url)
    is_other = shown.pk != doctor
    times = times_of(shown.pk, clinic, now, first=look.first)
    return Picker(
        gettext("Free times of %(doctor)s") % {"doctor": shown.name},
        times.rows((lambda slot: f"{slot_value(slot)}@{shown.pk}") if is_other else slot_value),
        first=[] if is_other else [_now(times)],
        last=[none],
        earlier=times.earlier(),
        later=times.later(),
        note=shown.name if is_other else "",
        url=url,
    )


def _now(times: Times) -> Choice:
    """The choice of a walk-in. Without a slot left it is an extra visit; who is not here today takes nobody in."""
    today = timezone.localdate(times.now)
    if times.first > today:
        return Choice(NOW, _("Now (walk-in)"))
    if not times.of_day(today):
        told = _("Now (walk-in): the doctor is not here today")
        return Choice(NOW, _("Now (walk-in)"), _("doctor not here today"), told, is_free=False)
    has_slot = any(is_free and timezone.localdate(slot.starts_at) == today for slot, is_free in times.slots)
    return Choice(NOW, _("Now (walk-in)"), "" if has_slot else _("extra visit: no slot is left today"))


def first_choice(asked: str, picker: Picker) -> str:
    """The choice of `when` that a link asks for: a time, now, or the first free time for LATER and if there is no
    now."""
    if asked == LATER or not picker.offers(asked):
        free = picker.first_free()
        now = NOW if picker.offers(NOW) else ""
        return (free or now) if asked == LATER or not now else now
    return asked
