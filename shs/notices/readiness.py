"""Warnings and facts of SMS for `/readyz` and the System page."""

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from shs.core.dates import show_datetime
from shs.core.health import readiness_warning, system_fact
from shs.core.labels import Label
from shs.notices import budget
from shs.notices.models import Notice, State

LAST = 5
"""So many failed attempts one after another are a warning."""


@readiness_warning("sms")
def sms() -> Label | None:
    """The gateway has taken none of the last texts, or what texts may cost is used up."""
    if not settings.SMS_URL:
        return None
    if _are_failing():
        return _("The SMS gateway has accepted none of the last %(count)s texts.") % {"count": LAST}
    if used_up := budget.are_used_up(timezone.localdate()):
        words = ngettext(
            "%(count)s clinic has reached today's limit for the cost of texts: other texts wait, or "
            "the patients are called.",
            "%(count)s clinics have reached today's limit for the cost of texts: other texts wait, or "
            "the patients are called.",
            used_up,
        )
        return words % {"count": used_up}
    return None


@system_fact
def gateway_fact() -> tuple[Label, Label]:
    """Whether the gateway answers."""
    if not settings.SMS_URL:
        return gettext_lazy("SMS gateway"), {
            "console": _("none: texts are printed"),
            "file": _("none: texts are written to a file"),
            "none": _("none: texts are not sent"),
        }[settings.SMS_BACKEND]
    last = (
        Notice.objects.by_sms()
        .filter(claimed_at__isnull=False, state=State.SENT)
        .order_by("-claimed_at", "-pk")
        .first()
    )
    if _are_failing():
        return gettext_lazy("SMS gateway"), _("does not answer, or refuses")
    if last is None or last.sent_at is None:
        return gettext_lazy("SMS gateway"), _("nothing was sent yet")
    return gettext_lazy("SMS gateway"), _("answers; last text: %(at)s") % {"at": show_datetime(last.sent_at)}


@system_fact
def cost_fact() -> tuple[Label, Label]:
    """What the texts of today have cost, and what each clinic may spend."""
    words = {
        "spent": budget.show_cost(budget.spent_on(timezone.localdate())),
        "cap": budget.show_cost(budget.thousandths(settings.SMS_DAY_CAP)),
    }
    if not settings.SMS_DAY_CAP:
        return gettext_lazy("Cost of SMS today"), _("%(spent)s, without a limit") % words
    return gettext_lazy("Cost of SMS today"), _("%(spent)s; each clinic may spend %(cap)s a day") % words


def _are_failing() -> bool:
    """Whether the gateway took none of the texts that it was last asked to send."""
    tried = Notice.objects.by_sms().filter(claimed_at__isnull=False, segments__gt=0).order_by("-claimed_at", "-pk")
    states = list(tried.values_list("state", flat=True)[:LAST])
    return len(states) == LAST and State.SENT not in states and State.SENDING not in states
