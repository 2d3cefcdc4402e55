"""Scheduled work on accounts: end suspensions, delete expired logins."""

from datetime import datetime, timedelta

from django.contrib.sessions.models import Session
from django.utils.translation import gettext_lazy as _

from shs.core.due.registry import due
from shs.users import families, mail_requests, merges, pairs, phone_codes, services
from shs.users.models import KEPT_FOR, AppSession, KnownDevice, LoginPause, PhoneCode, RefreshToken
from shs.users.models.pause import FORGOTTEN_AFTER


@due("reinstate_due", every=timedelta(minutes=5), label=_("Reinstate people whose suspension has ended"))
def reinstate_due(*, now: datetime, dry_run: bool = False) -> int:
    """Run `services.reinstate_due`."""
    return services.reinstate_due(now=now, dry_run=dry_run)


@due("end_outgrown_guardianships", every=timedelta(hours=1), label=_("End guardianships of people who are 18"))
def end_outgrown_guardianships(*, now: datetime, dry_run: bool = False) -> int:
    """Run `families.end_outgrown`."""
    return families.end_outgrown(now=now, dry_run=dry_run)


@due("find_doubles", every=timedelta(hours=6), label=_("Look for people who are registered twice"))
def find_doubles(*, now: datetime, dry_run: bool = False) -> int:
    """Run `pairs.find`."""
    return pairs.find(now=now, dry_run=dry_run)


@due("follow_merged", every=timedelta(minutes=5), label=_("Re-link what was written while two people were merged"))
def follow_merged(*, now: datetime, dry_run: bool = False) -> int:
    """Run `merges.follow`."""
    return merges.follow(now=now, dry_run=dry_run)


@due("answer_mail_requests", every=timedelta(minutes=1), label=_("Send the reset links that people have asked for"))
def answer_mail_requests(*, now: datetime, dry_run: bool = False) -> int:
    """Run `mail_requests.answer`."""
    return mail_requests.answer(now=now, dry_run=dry_run)


@due("send_phone_codes", every=timedelta(minutes=1), label=_("Send the codes to phones that people have asked for"))
def send_phone_codes(*, now: datetime, dry_run: bool = False) -> int:
    """Run `phone_codes.send`."""
    return phone_codes.send(now=now, dry_run=dry_run)


@due("forget_logins", every=timedelta(hours=1), label=_("Delete expired refresh tokens and sessions"))
def forget_logins(*, now: datetime, dry_run: bool = False) -> int:
    """Delete expired tokens and codes, which are refused by their date anyway, and devices not used for a year."""
    ended = [
        RefreshToken.objects.filter(expires_at__lt=now),
        AppSession.objects.filter(expires_at__lt=now),
        Session.objects.filter(expire_date__lt=now),
        KnownDevice.objects.filter(seen_at__lt=now - KEPT_FOR),
        PhoneCode.objects.filter(asked_at__lt=now - phone_codes.KEPT_FOR),
        LoginPause.objects.filter(failed_at__lt=now - FORGOTTEN_AFTER),
    ]
    return sum(rows.count() if dry_run else rows.delete()[0] for rows in ended)
