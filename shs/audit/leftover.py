"""Ends rights that nobody needs any more."""

from django.db.models import Q, QuerySet

from shs.audit.permissions import presupposed
from shs.core.due.rows import one_by_one
from shs.core.grants.held import end_grant
from shs.core.grants.leftover import on_lost_objects
from shs.core.grants.models import ObjectGrant, ShareQuerySet, UserShare
from shs.users.models import User

LEFT = "the person has left, or has another role or duty"
LOST = "the record was deleted or merged"


def of_people_who_left() -> tuple["QuerySet[ObjectGrant]", ShareQuerySet]:
    """The object grants of people without the role or duty that these presuppose, and what is shared with people who no
    longer work in the office; of both, what suspended people hold whose suspension has no end. Others come back."""
    gone = User.objects.left()
    unfit = Q(user__in=gone)
    for source, fits in presupposed().items():
        unfit |= Q(source=source) & ~Q(user__in=User.objects.filter(fits))
    away = User.objects.filter(is_active=False, suspended_until__isnull=False)
    shares: ShareQuerySet = UserShare.objects.exclude(user__in=User.objects.in_office()).exclude(user__in=away)
    return ObjectGrant.objects.filter(unfit), shares


def end_leftover(*, dry_run: bool = False) -> int:
    """End the rights of people who left, and those on records that are gone; returns how many."""
    grants, shares = of_people_who_left()
    lost = on_lost_objects()
    if dry_run:
        return grants.count() + shares.count() + sum(len(keys) for _kind, keys in lost)
    done = one_by_one(grants, lambda grant: end_grant(grant, reason=LEFT)) + shares.end(LEFT)
    for kind, keys in lost:
        rows = kind.objects.filter(pk__in=keys)
        done += one_by_one(rows, lambda row: end_grant(row, reason=LOST))
    return done
