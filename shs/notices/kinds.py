"""The kinds of notices. The text of each kind is in `templates/email/<kind>.txt`, with the subject in line one."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """What a notice is about."""

    BOOKED = "booked", _("Visit booked")
    REQUESTED = "requested", _("Visit requested")
    CONFIRMED = "confirmed", _("Visit confirmed")
    CANCELLED = "cancelled", _("Visit cancelled")
    RESCHEDULED = "rescheduled", _("Visit moved")
    REMINDER_DAY = "reminder_day", _("Reminder, a day before")
    REMINDER_HOUR = "reminder_hour", _("Reminder, an hour before")
    REMINDER = "reminder", _("Reminder by the clinic")
    MISSED = "missed", _("Visit missed")
    VERIFICATION_ASKED = "verification_asked", _("Verification: information asked for")
    VERIFICATION_DECIDED = "verification_decided", _("Verification decided")
    LICENCE_EXPIRING = "licence_expiring", _("Licence about to expire")
    PRESCRIPTION_ISSUED = "prescription_issued", _("Prescription issued")
    FOLLOW_UP_DUE = "follow_up_due", _("Follow-up due")
    CHART_OPENED = "chart_opened", _("Chart opened in an emergency")
    ARTICLE_DECIDED = "article_decided", _("Article decided")
    MODERATED = "moderated", _("Comment or review moderated")
    VERIFY_EMAIL = "verify_email", _("Confirmation of an e-mail address")
    RESET_PASSWORD = "reset_password", _("Password reset")
    SECOND_FACTOR_RESET = "second_factor_reset", _("Second factor reset")
    PASSWORD_CHANGED = "password_changed", _("Password changed")
    AUDIT_DIGEST = "audit_digest", _("Digest of the read log")


OPTIONAL = (
    Kind.BOOKED,
    Kind.REQUESTED,
    Kind.REMINDER_DAY,
    Kind.REMINDER_HOUR,
    Kind.PRESCRIPTION_ISSUED,
    Kind.FOLLOW_UP_DUE,
    Kind.ARTICLE_DECIDED,
    Kind.MODERATED,
)
"""Kinds for which the e-mail can be turned off. Changes of a visit, a licence or an account are always sent."""

PRIVATE = (Kind.VERIFY_EMAIL, Kind.RESET_PASSWORD)
"""Sent by e-mail only, never listed in the app: they contain a link that is as good as a password."""

REMINDERS = (Kind.REMINDER_DAY, Kind.REMINDER_HOUR)
