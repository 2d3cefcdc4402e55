"""Tells people what is shared with them."""

from collections.abc import Sequence

from django.conf import settings
from django.db.models import Model
from django.urls import reverse
from django.utils.translation import override

from shs.core.caller import Member
from shs.core.grants.models import Share
from shs.core.grants.shares import holders_of, when_shared
from shs.notices.kinds import Kind
from shs.notices.services import notice, notify


@when_shared
def tell_shared(obj: Model, rows: Sequence[Share], by: Member) -> None:
    """Tell the person, or each active member of the duty, of what kind the object is and until when it is shared; what
    it says they read on its page."""
    last = rows[-1]
    with override("en"):
        what = str(obj._meta.verbose_name)
    data = {
        "what": what,
        "by": str(by),
        "may_more": last.action != "view",
        "ends_at": last.ends_at,
        "url": f"{settings.SITE_URL}{reverse('admin:shared_with_me')}",
    }
    about = f"{obj._meta.model_name}:{obj.pk}"[:60]
    notify(*(notice(to=person, kind=Kind.SHARED, data=data, about=about) for person in holders_of(last)))
