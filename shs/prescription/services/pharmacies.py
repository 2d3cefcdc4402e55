"""Registered pharmacies: accounts of their people, suspension, and what they have dispensed."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from shs.core.errors import StepRefused
from shs.core.records.transitions import lock, save_with_reason
from shs.prescription.models import DispensedLine, Dispensing, Pharmacy, PharmacyMember
from shs.users.errors import EmailTaken
from shs.users.models import DISPENSING, User
from shs.users.services import open_account
from shs.users.sessions import log_out_everywhere

LISTED = timedelta(days=30)
"""So far back a pharmacy sees what it has dispensed."""


class Membership(NamedTuple):
    """For which pharmacy somebody works, and whether they may dispense medicines for it."""

    pharmacy: Pharmacy | None
    is_active: bool


def membership(user: User) -> Membership:
    """The pharmacy of `user`, suspended or not. One query."""
    found = PharmacyMember.objects.select_related("pharmacy").filter(user=user.pk).first()
    return Membership(found.pharmacy, found.pharmacy.is_active) if found else Membership(None, False)


def invite(*, pharmacy: Pharmacy, email: str, name: str, by: User, now: datetime) -> User:
    """Open an account for somebody of `pharmacy`, who gets a link to set a password. Raises StepRefused (409) if the
    pharmacy is suspended, EmailTaken (409)."""
    with transaction.atomic():
        lock(pharmacy)
        if not pharmacy.is_active:
            raise StepRefused(_("The pharmacy is suspended."))
        if User.objects.by_email(email).exists():
            raise EmailTaken
        user = open_account(email=email, name=name, role=DISPENSING, by=by, now=now)
        save_with_reason(PharmacyMember(user=user, pharmacy=pharmacy), "account opened")
    return user


def suspend(*, pharmacy: Pharmacy, reason: str, now: datetime) -> None:
    """Take the right of `pharmacy` away, and end all sessions of its people. Raises StepRefused (409)."""
    with transaction.atomic():
        pharmacy.suspend(reason=reason)
        for user in User.objects.filter(pharmacy_member__pharmacy=pharmacy).order_by("pk"):
            log_out_everywhere(user, reason=f"pharmacy suspended: {reason}"[:500], now=now)


def reinstate(*, pharmacy: Pharmacy, reason: str) -> None:
    """Give the right of `pharmacy` back. Raises StepRefused (409)."""
    with transaction.atomic():
        pharmacy.reinstate(reason=reason)


def given_out_by(user: User, now: datetime) -> QuerySet[Dispensing]:
    """What the pharmacy of `user` has dispensed in the last days, latest first, with its medicines."""
    rows = Dispensing.objects.allowed(user, "list").filter(given_at__gte=now - LISTED)
    lines = DispensedLine.objects.unrestricted("of dispensings that are shown").select_related("line")
    rows = rows.select_related("prescription", "by").prefetch_related(Prefetch("lines", lines))
    return rows.order_by("-given_at", "-pk")
