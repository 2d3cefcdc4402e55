"""A patient's account that becomes a doctor's: the clinic asks, and its owner agrees by a link in a mail."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext as _

from shs.core.errors import Invalid
from shs.core.records.transitions import lock
from shs.notices.kinds import Kind
from shs.notices.services import notice, notify
from shs.users.at_work import work_changed
from shs.users.links import practising_token, user_of
from shs.users.models import PRACTISING, Touched, User
from shs.users.touches import touched

ASK_PAUSE_SECONDS = 600
"""So often one account is asked."""


def ask_owner(*, user: User, now: datetime) -> None:
    """Send the owner of a patient's account the link by which they agree that it becomes a doctor's; nothing if they
    were asked in the last ten minutes, or if the account is none of these."""
    if not user.may_begin_to_practise or not cache.add(f"practise:{user.pk}", True, ASK_PAUSE_SECONDS):
        return
    data, lasts = {"what": "asked", "touched_at": now}, timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
    notify(notice(to=user, kind=Kind.ACCOUNT_TOUCHED, data=data, lasts=lasts))


def open_agreement(*, uid: str, token: str) -> User:
    """The user whose account a link makes a doctor's. Raises Invalid (422) for a link that is wrong, used or too
    old."""
    user = user_of(uid)
    if user is None or not user.may_begin_to_practise or not practising_token.check_token(user, token):
        raise Invalid(_("This link is no longer valid. Request a new one."), field="token")
    return user


def agree(*, uid: str, token: str, now: datetime) -> User:
    """Make the account a doctor's, without a profile yet, and tell its owner at every address; all sessions end. Raises
    as `open_agreement`."""
    with transaction.atomic():
        user = open_agreement(uid=uid, token=token)
        lock(user)
        user = open_agreement(uid=uid, token=token)  # as it is now that nobody else changes it
        user.assign(role=PRACTISING, duties=[], reason="agreed by the link in a mail")
        touched(user, Touched.ROLE, by=user, now=now)
        work_changed(user, now)
    return user
