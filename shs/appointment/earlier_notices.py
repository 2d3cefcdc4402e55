"""Notices of the waiting list: a time that is offered, and an offer that is over."""

from datetime import datetime

from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from shs.appointment.models import EarlierOffer, EarlierWish
from shs.doctors.models import Clinic, DoctorInformation
from shs.notices.kinds import Kind
from shs.notices.letters import secret_of
from shs.notices.models import Notice
from shs.notices.services import notice, notify, take_back
from shs.notices.ways import way_of
from shs.users.families import to_family
from shs.users.links import page_url
from shs.users.permissions import BOOK

SALT = "shs.appointment.earlier"


def tell_offer(offer: EarlierOffer, now: datetime) -> None:
    """Tell the patient, and guardians who book for them, which time is kept for them until when."""
    lasts = offer.open_until - now
    told = notice(
        to=offer.wish.patient,
        kind=Kind.EARLIER_OFFER,
        data={**_data(offer), "offer": offer.pk},
        about=about(offer.wish),
        lasts=lasts,
        key=f"{offer.pk}",
        charged_to=f"clinic:{offer.clinic_id}" if offer.clinic_id else "",
    )
    notify(*to_family([told], offer.wish.patient, BOOK, timezone.now()))


def tell_over(offer: EarlierOffer) -> None:
    """Tell them that the time is no longer kept: nobody answered, or it was given to somebody else. What still waits to
    be sent of the offer is withdrawn."""
    take_back(about(offer.wish), kinds=[Kind.EARLIER_OFFER], reason="the offer is over")
    told = notice(
        to=offer.wish.patient,
        kind=Kind.EARLIER_OVER,
        data={**_data(offer), "outcome": str(offer.outcome)},
        about=about(offer.wish),
        key=f"{offer.pk}",
    )
    notify(*to_family([told], offer.wish.patient, BOOK, timezone.now()))


def take_offer_back(wish: EarlierWish, reason: str) -> None:
    """Withdraw what still waits to be sent of an offer that was answered."""
    take_back(about(wish), kinds=[Kind.EARLIER_OFFER], reason=reason)


def is_reached(wish: EarlierWish, now: datetime) -> bool:
    """Whether an offer would reach the patient or a guardian by itself; else the desk has to call."""
    told = notice(to=wish.patient, kind=Kind.EARLIER_OFFER, data={}, about=about(wish))
    return any(not way_of(one).error for one in to_family([told], wish.patient, BOOK, now))


def about(wish: EarlierWish) -> str:
    """The key by which a notice refers to a wish."""
    return f"earlierwish:{wish.pk}"


def code_of(offer: int) -> str:
    """What the link of an offer holds: its key, and 96 bits that nobody guesses. Short, because it stands in a text."""
    return f"{offer}-{salted_hmac(SALT, str(offer), algorithm='sha256').hexdigest()[:24]}"


def offer_of(code: str) -> EarlierOffer | None:
    """The offer of a link; None for a wrong one."""
    pk = code.partition("-")[0]
    if not (pk.isascii() and pk.isdigit() and len(pk) < 19 and constant_time_compare(code, code_of(int(pk)))):
        return None
    rows = EarlierOffer.objects.select_related("wish__patient", "wish__visit", "doctor", "clinic")
    return rows.filter(pk=int(pk)).first()


@secret_of(Kind.EARLIER_OFFER)
def _link(told: Notice) -> dict[str, str]:
    return {"url": page_url("earlier_offer", o=code_of(told.data["offer"]))} if "offer" in told.data else {}


def _data(offer: EarlierOffer) -> dict[str, object]:
    """Time, doctor and place of the slot, and until when it is kept."""
    before = offer.wish.visit.starts_at if offer.wish.visit is not None else None
    return {
        "number": "",
        "serial": "",
        "starts_at": offer.starts_at,
        "open_until_at": offer.open_until,
        "before_at": before,
        "doctor": offer.doctor.name,
        "patient": offer.wish.patient.name,
        "place": _place(offer.doctor, offer.clinic),
    }


def _place(doctor: DoctorInformation, clinic: Clinic | None) -> str:
    if clinic is None:
        return doctor.location
    return ", ".join(part for part in (clinic.name, clinic.address) if part)
