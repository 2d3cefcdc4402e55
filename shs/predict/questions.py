"""Keeping questions without names, where the clinic has turned that on (KEEP_QUESTIONS_DAYS), and deleting old ones."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from shs.predict.models import AskedQuestion
from shs.predict.unnamed import way_of_writing, without_names
from shs.users.models import User


def keep(
    *,
    asked_of: str,
    texts: Iterable[str],
    user: User,
    now: datetime,
    triage: str = "",
    is_urgent: bool = False,
    condition: str = "",
) -> None:
    """Store what `user` asked and what was answered, without anything that says who asked; nothing unless the clinic
    has turned that on. `condition` is a slug."""
    if settings.KEEP_QUESTIONS_DAYS == 0:
        return
    text = without_names("\n".join(texts), own=user.name)
    question = AskedQuestion(
        asked_of=asked_of,
        asked_on=timezone.localdate(now),
        text=text,
        language=way_of_writing(text),
        triage=triage,
        is_urgent=is_urgent,
        condition=condition,
    )
    AskedQuestion.objects.without_history("a line would say who asked, and when").bulk_create([question])


def over(now: datetime) -> QuerySet[AskedQuestion]:
    """The questions that nobody has judged in KEEP_QUESTIONS_DAYS days."""
    first = timezone.localdate(now) - timedelta(days=settings.KEEP_QUESTIONS_DAYS)
    return AskedQuestion.objects.filter(verdict="", asked_on__lt=first)


def delete_over(now: datetime) -> int:
    """Delete them, and their history, of which nothing else is kept; returns their number."""
    rows = over(now)
    keys = list(rows.values_list("pk", flat=True))
    for start in range(0, len(keys), 500):
        some = keys[start : start + 500]
        over(now).filter(pk__in=some)._raw_delete(rows.db)
        left = AskedQuestion.objects.filter(pk__in=some).values("pk")
        AskedQuestion.history.filter(id__in=some).exclude(id__in=left)._raw_delete(rows.db)
    return len(keys)
