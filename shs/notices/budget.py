"""When an SMS may be sent, and what it may cost: quiet hours, and a limit for each day and clinic. Codes pass both, and
so do changes of a visit on its own day."""

from datetime import date, datetime, timedelta
from datetime import time as clock
from decimal import Decimal

from django.conf import settings
from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext

from shs.notices.kinds import CHANGES, CODES
from shs.notices.models import Notice, SmsDay


def thousandths(money: Decimal) -> int:
    """An amount as the database keeps it."""
    return int(money * 1000)


def show_cost(cost: int) -> str:
    """`0.80 BDT`, of a cost in thousandths; taka are named in the language of the page."""
    currency = gettext("BDT") if settings.SMS_CURRENCY == "BDT" else settings.SMS_CURRENCY
    return f"{Decimal(cost) / 1000:.2f} {currency}"


def cannot_wait(told: Notice, now: datetime) -> bool:
    """Whether somebody waits for a code, or has to know today that a visit of today has changed."""
    if told.kind in CODES:
        return True
    days = {_day(told, "starts_at"), _day(told, "from_at")}
    return told.kind in CHANGES and timezone.localdate(now) in days


def quiet_until(now: datetime) -> datetime | None:
    """When the quiet hours end in which `now` lies; None outside of them."""
    if settings.SMS_QUIET_HOURS is None:
        return None
    begins, ends = settings.SMS_QUIET_HOURS
    local = timezone.localtime(now)
    at = local.time()
    is_quiet = begins <= at < ends if begins < ends else (at >= begins or at < ends)
    if not is_quiet:
        return None
    return _at(local.date() + timedelta(days=1 if at >= ends else 0), ends)


def next_day(now: datetime) -> datetime:
    """When the next day's texts begin, whose cost counts anew."""
    day = timezone.localdate(now) + timedelta(days=1)
    midnight = _at(day, clock())
    return quiet_until(midnight) or midnight


def is_useless(told: Notice, at: datetime) -> bool:
    """Whether a notice about a visit says nothing new any more: the visit has begun by then, or it has expired."""
    starts_at = _instant(told, "starts_at")
    ends = [moment for moment in (told.expires_at, starts_at) if moment is not None]
    return told.kind not in CODES and any(moment <= at for moment in ends)


def reserve(charged_to: str, cost: int, *, day: date, passes: bool) -> bool:
    """Take `cost` from what the texts of `day` may cost; whether so much was left, or it `passes` the limit. Both are
    decided by one UPDATE, whoever else is sending."""
    SmsDay.objects.get_or_create(day=day, charged_to=charged_to)
    rows = SmsDay.objects.filter(day=day, charged_to=charged_to)
    limit = thousandths(settings.SMS_DAY_CAP)
    if limit and not passes:
        rows = rows.filter(spent__lte=limit - cost)
    return bool(rows.update(spent=F("spent") + cost))


def give_back(charged_to: str, cost: int, *, day: date) -> None:
    """What was reserved for a text that was not sent."""
    SmsDay.objects.filter(day=day, charged_to=charged_to, spent__gte=cost).update(spent=F("spent") - cost)


def spent_on(day: date) -> int:
    """What the texts of a day have cost at all clinics, in thousandths."""
    return SmsDay.objects.filter(day=day).aggregate(total=Sum("spent"))["total"] or 0


def are_used_up(day: date) -> int:
    """How many clinics have no segment left for a day."""
    limit = thousandths(settings.SMS_DAY_CAP)
    if not limit:
        return 0
    return SmsDay.objects.filter(day=day, spent__gt=limit - thousandths(settings.SMS_PRICE)).count()


def _at(day: date, at: clock) -> datetime:
    return timezone.make_aware(datetime.combine(day, at))


def _instant(told: Notice, name: str) -> datetime | None:
    value = told.data.get(name)
    return datetime.fromisoformat(str(value)) if value else None


def _day(told: Notice, name: str) -> date | None:
    instant = _instant(told, name)
    return timezone.localdate(instant) if instant else None
