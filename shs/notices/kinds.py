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
    DOCTOR_LATE = "doctor_late", _("Doctor is late")
    DOCTOR_AWAY = "doctor_away", _("Doctor is away")
    DOCTOR_BACK = "doctor_back", _("Doctor is there after all")
    MISSED = "missed", _("Visit missed")
    NOT_ANSWERED = "not_answered", _("Request not answered")
    EARLIER_OFFER = "earlier_offer", _("Earlier time offered")
    EARLIER_OVER = "earlier_over", _("Offer of an earlier time is over")
    VERIFICATION_ASKED = "verification_asked", _("Verification: information asked for")
    VERIFICATION_DECIDED = "verification_decided", _("Verification decided")
    FACTS_DECIDED = "facts_decided", _("Change of verified facts decided")
    LICENCE_EXPIRING = "licence_expiring", _("Licence about to expire")
    PRESCRIPTION_ISSUED = "prescription_issued", _("Prescription issued")
    LETTER_ISSUED = "letter_issued", _("Letter issued")
    PAPER_CANCELLED = "paper_cancelled", _("Prescription or letter cancelled")
    DISPENSED = "dispensed", _("Medicines dispensed")
    FOLLOW_UP_DUE = "follow_up_due", _("Follow-up due")
    RESULT_CRITICAL = "result_critical", _("Critical result")
    RESULT_READY = "result_ready", _("Result to read")
    TEST_OVERDUE = "test_overdue", _("Ordered test without a result")
    CHART_OPENED = "chart_opened", _("Chart opened in an emergency")
    VISIT_TAKEN_OVER = "visit_taken_over", _("Visit taken over by a colleague")
    ARTICLE_DECIDED = "article_decided", _("Article decided")
    MODERATED = "moderated", _("Comment or review moderated")
    VERIFY_EMAIL = "verify_email", _("Confirmation of an e-mail address")
    RESET_PASSWORD = "reset_password", _("Password reset")
    SECOND_FACTOR_RESET = "second_factor_reset", _("Second factor reset")
    PASSWORD_CHANGED = "password_changed", _("Password changed")
    CONFIRM_ADDRESS = "confirm_address", _("Confirmation of a new e-mail address")
    ADDRESS_CHANGED = "address_changed", _("E-mail address changed")
    ACCOUNT_TOUCHED = "account_touched", _("Account changed by the clinic")
    ADMIN_REQUEST = "admin_request", _("Request that takes two admins")
    KNOWLEDGE_CHANGE = "knowledge_change", _("Change of the symptom checker")
    ACCESS_OPENED = "access_opened", _("Chart opened for a visit")
    IDENTITY_CODE = "identity_code", _("Code for the front desk")
    ADDRESS_TAKEN = "address_taken", _("Registration with your address")
    CLAIM_REFUSED = "claim_refused", _("Wrong answers for your account")
    NEW_LOGIN = "new_login", _("Login from a new device")
    LOGGED_OUT = "logged_out", _("Logged out everywhere")
    SHARED = "shared", _("Something shared with you")
    GUARDIANSHIP = "guardianship", _("Guardian of a person")
    PEOPLE_MERGED = "people_merged", _("Two patient numbers of one person")
    CORRECTION_DECIDED = "correction_decided", _("Correction decided")
    AUDIT_DIGEST = "audit_digest", _("Digest of the read log")


OPTIONAL = (
    Kind.BOOKED,
    Kind.REQUESTED,
    Kind.REMINDER_DAY,
    Kind.REMINDER_HOUR,
    Kind.EARLIER_OVER,
    Kind.PRESCRIPTION_ISSUED,
    Kind.LETTER_ISSUED,
    Kind.FOLLOW_UP_DUE,
    Kind.RESULT_READY,
    Kind.TEST_OVERDUE,
    Kind.ARTICLE_DECIDED,
    Kind.MODERATED,
)
"""Kinds for which the e-mail can be turned off. Changes of a visit, a licence or an account are always sent."""

PRIVATE = (Kind.VERIFY_EMAIL, Kind.RESET_PASSWORD, Kind.CONFIRM_ADDRESS, Kind.IDENTITY_CODE)
"""Sent by e-mail only, never listed in the app: they contain a link that is as good as a password."""

ABOUT_ACCOUNT = (
    Kind.ADDRESS_CHANGED,
    Kind.ACCOUNT_TOUCHED,
    Kind.ADMIN_REQUEST,
    Kind.ADDRESS_TAKEN,
    Kind.CLAIM_REFUSED,
    Kind.NEW_LOGIN,
    Kind.LOGGED_OUT,
    Kind.SECOND_FACTOR_RESET,
    Kind.PASSWORD_CHANGED,
    Kind.PEOPLE_MERGED,
)
"""What its owner must learn: sent although the account is suspended, and to the address that it had at that time."""

REMINDERS = (Kind.REMINDER_DAY, Kind.REMINDER_HOUR)

CODES = (Kind.IDENTITY_CODE,)
"""Somebody waits for them with the phone in their hand."""

BY_PHONE = "by_phone"
"""In the data of a code that goes to the phone, also of who has an address."""

CHANGES = (Kind.CANCELLED, Kind.RESCHEDULED, Kind.DOCTOR_LATE, Kind.DOCTOR_AWAY, Kind.DOCTOR_BACK)
"""Changes of a visit, which its patient must know before they set out."""

BY_SMS = (
    Kind.BOOKED,
    *CHANGES,
    Kind.NOT_ANSWERED,
    Kind.REMINDER_DAY,
    Kind.REMINDER_HOUR,
    Kind.REMINDER,
    Kind.EARLIER_OFFER,
    Kind.PEOPLE_MERGED,
    Kind.CLAIM_REFUSED,
    *CODES,
)
"""Kinds that are sent by SMS, each with its text in `templates/sms/<kind>.txt`; all others are read in the app."""

TO_CALL = (Kind.BOOKED, *CHANGES)
"""What a desk tells by phone if nothing else reaches the person. Reminders are not worth a call, codes are useless."""
