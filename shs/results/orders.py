"""Ordered tests, and which of them have a result."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from shs.core.caller import Member
from shs.core.grants.table import NOTHING
from shs.doctors.permissions import own_ids
from shs.medical_record.services import Extent
from shs.prescription.models import OrderedTest
from shs.prescription.models import Status as Issued
from shs.results.models import Result
from shs.results.models import Status as State
from shs.users.models import User

GIVEN_UP = timedelta(days=180)
"""After so long nobody waits for a result any more."""


def _answered() -> Exists:
    """A result of the ordered test, or of the test of this name on an earlier version of its prescription."""
    rows = Result.objects.exclude(status=State.ENTERED_IN_ERROR)
    of_first = Coalesce("order__prescription__original", "order__prescription")
    rows = rows.annotate(first=of_first).filter(patient=OuterRef("prescription__patient"))
    return Exists(rows.filter(first=OuterRef("first"), order__name=OuterRef("name")))


def open_orders(patient: User, now: datetime) -> QuerySet[OrderedTest]:
    """The tests that were ordered for `patient` in the last half year and have no result, latest first."""
    rows = OrderedTest.objects.filter(
        prescription__patient=patient,
        prescription__status=Issued.ISSUED,
        prescription__issued_at__gt=now - GIVEN_UP,
    )
    rows = rows.annotate(first=Coalesce("prescription__original", "prescription"))
    rows = rows.filter(~_answered()).select_related("prescription__doctor", "test")
    return rows.order_by("-prescription__issued_at", "pk")


def overdue(now: datetime) -> Q:
    """Prescriptions that were issued more than ORDERED_TEST_DAYS days ago, with a test that has no result."""
    tests = OrderedTest.objects.filter(prescription=OuterRef("pk")).annotate(
        first=Coalesce("prescription__original", F("prescription"))
    )
    late = now - timedelta(days=settings.ORDERED_TEST_DAYS)
    return Q(status=Issued.ISSUED, issued_at__gt=now - GIVEN_UP, issued_at__lte=late) & Q(
        Exists(tests.filter(~_answered()))
    )


def my_overdue(user: Member) -> Q:
    """As `overdue`, of what the user has ordered as a doctor."""
    return Q(doctor__in=own_ids(user)) & overdue(timezone.now())


def fitting(patient: User, title: str, codes: set[str], now: datetime) -> OrderedTest | None:
    """The only open order of `patient` that a result with this `title` and values with these LOINC `codes` can answer;
    None if there is none, or several."""
    wanted = title.strip().casefold()
    found = [
        order
        for order in open_orders(patient, now)
        if order.name.casefold() == wanted or (order.test is not None and order.test.loinc_code in codes - {""})
    ]
    return found[0] if len(found) == 1 else None


def shown_in(extent: Extent) -> Q:
    """The ordered tests that a reader with this extent sees."""
    if extent.shared is not None:
        return NOTHING
    found = Q() if extent.visits is None else Q(prescription__appointment__in=extent.visits)
    return found if extent.is_in_full else found & Q(prescription__is_confidential=False)
