"""A sample row of each model, for the generated tests."""

from datetime import datetime

from shs.core.discovery import Case
from shs.notices.kinds import Kind
from shs.notices.models import SmsDay, SmsWhen
from shs.notices.services import choose_sms, notice, notify


def notices(case: Case, now: datetime) -> None:
    """Alice's notice that her password was changed."""
    notify(notice(to=case.alice, kind=Kind.PASSWORD_CHANGED, data={"changed_at": now}, due_at=now))


def sms_choices(case: Case, now: datetime) -> None:
    """Alice wants texts instead of mails."""
    choose_sms(user=case.alice, sms=SmsWhen.FIRST)
    SmsDay.objects.create(day=now.date(), charged_to="clinic:1", spent=800)


samples = [notices, sms_choices]
