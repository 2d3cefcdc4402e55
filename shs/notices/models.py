"""Notices: recipient, content, due time and delivery status."""

from collections.abc import Iterable
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.core.caller import Caller
from shs.core.dates import show_datetime
from shs.core.records.constraints import known
from shs.core.records.crud import By, Crud, Never, NoPages
from shs.core.records.models import Record, RecordQuerySet
from shs.core.records.privacy import Administrative
from shs.core.records.transitions import lock, move, save_with_reason
from shs.notices.kinds import PRIVATE, TO_CALL, Kind

NOT_REACHED = "not reached by phone"

TOLD_BY_STATE = "what became of a notice stands in its own state, attempts and error"


class State(models.TextChoices):
    """The delivery status of a notice."""

    QUEUED = "queued", _("Waiting")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")
    TAKEN_BACK = "taken_back", _("Withdrawn")
    CALL = "call", _("To be told by phone")
    CALLED = "called", _("Told by phone")


class NoticeQuerySet(RecordQuerySet["Notice"]):
    """Notices."""

    def due(self, now: datetime) -> Self:
        """Notices to send at `now` (aware)."""
        return self.filter(state=State.QUEUED, next_at__lte=now)

    def by_sms(self) -> Self:
        """Notices that go by SMS."""
        return self.filter(channel=Notice.Channel.SMS)

    def to_call(self, abouts: Iterable[str]) -> Self:
        """Notices about these records that could not be sent, so that somebody has to call."""
        return self.undelivered().filter(about__in=list(abouts))

    def undelivered(self) -> Self:
        """What patients and guardians were not told of a visit, because nothing reaches them or the delivery failed."""
        failed = Q(state=State.FAILED, kind__in=TO_CALL) & ~Q(data__has_key="as_doctor")
        return self.filter(Q(state=State.CALL) | failed)

    def shown_to(self, user: Caller, now: datetime) -> Self:
        """Notices shown to `user` in the app, newest first."""
        rows = (
            self.filter(user=user, address="", due_at__lte=now)
            .exclude(state=State.TAKEN_BACK)
            .exclude(kind__in=PRIVATE)
        )
        return rows.order_by("-due_at", "-pk")

    def unread(self) -> Self:
        """Notices not marked as read."""
        return self.filter(read_at__isnull=True)


class Notice(Record):
    """One message to one person, stored in the transaction of its event and sent afterwards. `key` makes it unique: the
    same message is sent once. `about` is the record that it is about, such as `appointment:12`. `data` holds the values
    for its text: texts, numbers, and instants in ISO 8601 under names that end in `_at`; never a secret, never clinical
    text. `calendar` is an iCalendar file (RFC 5545) to attach. `address`: where it is mailed to instead of the
    account's address; such a copy is not shown in the app. `due_at` is when to send it, `expires_at` when it
    becomes useless (a reminder), `next_at` the time of the next attempt, `claimed_at` the start of the last one.

    Of an SMS: `number` (E.164) to which it went, its `segments`, its `cost` in thousandths of SMS_CURRENCY, and when
    the provider reported its delivery. `charged_to` is whose budget of the day it takes, such as `clinic:3`."""

    privacy = Administrative(because="what happened, in words without clinical content")
    crud = Crud(
        add=Never("written by what it tells of"), change=Never("what was sent stays as it was"), remove=By("retry")
    )

    STEPS = {
        State.QUEUED: {State.TAKEN_BACK},
        State.FAILED: {State.QUEUED, State.CALLED},
        State.CALL: {State.QUEUED, State.CALLED},
    }

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail and app")
        APP = "app", _("App only")
        SMS = "sms", _("SMS and app")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="notices", verbose_name=_("to"))
    kind = models.CharField(_("kind"), max_length=30, choices=Kind)
    key = models.CharField(max_length=120, unique=True, editable=False)
    about = models.CharField(_("about"), max_length=60, blank=True)
    data = models.JSONField(default=dict, editable=False)
    calendar = models.TextField(blank=True, editable=False)
    address = models.EmailField(blank=True, editable=False)
    due_at = models.DateTimeField(_("due"))
    expires_at = models.DateTimeField(_("send before"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    channel = models.CharField(_("by"), max_length=5, choices=Channel, default=Channel.EMAIL)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_at = models.DateTimeField(_("next attempt"))
    claimed_at = models.DateTimeField(null=True, editable=False)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=300, blank=True)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)
    number = models.CharField(max_length=20, blank=True, editable=False)
    segments = models.PositiveSmallIntegerField(_("segments"), default=0, editable=False)
    cost = models.PositiveIntegerField(_("cost"), default=0, editable=False)
    charged_to = models.CharField(max_length=40, blank=True, editable=False)
    delivered_at = models.DateTimeField(_("delivered"), null=True, editable=False)

    objects = NoticeQuerySet.as_manager()
    locked_fields = (
        "user",
        "kind",
        "about",
        "due_at",
        "expires_at",
        "state",
        "channel",
        "attempts",
        "next_at",
        "sent_at",
        "error",
    )
    unlogged_fields = (
        "updated_at",
        "data",
        "calendar",
        "address",
        "number",
        "segments",
        "cost",
        "charged_to",
        "delivered_at",
    )

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-due_at", "-pk"]
        default_permissions = ("view",)
        permissions = [
            ("receive_notice", "Can receive notices, and read them in the app"),
            ("preview_notice", "Can read the content of a notice"),
            ("retry_notice", "Can resend a failed notice, and withdraw one"),
        ]
        constraints = [
            known("state", State),
            models.CheckConstraint(name="notice_sent_says_when", condition=~Q(state="sent") | Q(sent_at__isnull=False)),
        ]
        indexes = [
            models.Index(fields=["next_at", "id"], name="notice_due", condition=Q(state="queued")),  # deliver
            models.Index(fields=["claimed_at"], name="notice_claimed", condition=Q(state="sending")),  # give_up_lost
            models.Index(fields=["user", "-due_at", "-id"], name="notice_by_user"),  # the list in the app
            # take_back, and the search of the admin's list by the beginning of a text
            models.Index(fields=["about"], name="notice_by_about", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["-due_at", "-id"], name="notice_by_time"),  # the admin's list
            models.Index(fields=["state", "-due_at"], name="notice_by_state"),  # the tabs of the admin's list
            # the admin's list of texts, and the last ones that the gateway was asked to send
            models.Index(fields=["-due_at", "-id"], name="notice_sms_by_time", condition=Q(channel="sms")),
            models.Index(fields=["-claimed_at", "-id"], name="notice_sms_tried", condition=Q(channel="sms")),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {show_datetime(self.due_at)}"

    @property
    def subject(self) -> tuple[str, int] | None:
        """The kind and the id of the record that it is about."""
        kind, _colon, pk = self.about.partition(":")
        return (kind, int(pk)) if pk.isdigit() else None

    def retry(self, *, now: datetime) -> None:
        """Send it again now at a person's decision, although it may have arrived. Raises StepRefused (409)."""
        move(self, State.QUEUED, field="state", reason="sent again", attempts=0, next_at=now, error="")

    def take_back(self, *, reason: str) -> None:
        """Withdraw it. Raises StepRefused (409) once it is being sent."""
        move(self, State.TAKEN_BACK, field="state", reason=reason, error=reason[:300])

    def called(self, outcome: str = "") -> None:
        """Its recipient was told by phone; `outcome` is one of the reasons of histories. Raises StepRefused (409) if
        nobody had to call."""
        move(self, State.CALLED, field="state", reason=outcome or "told by phone")

    def not_reached(self) -> None:
        """Somebody has called, and nobody has answered: it is still to be told."""
        with transaction.atomic():
            lock(self)
            save_with_reason(self, NOT_REACHED)

    def mark_read(self, *, now: datetime) -> None:
        """Mark it as read; the first time is kept."""
        rows = Notice.objects.without_history("reading one's own notices is no change of a record")
        rows.filter(pk=self.pk, read_at__isnull=True).update(read_at=now)
        self.refresh_from_db(fields=["read_at"])


class Preference(models.Model):
    """A kind of notice that a person wants in the app only, not by e-mail."""

    privacy = Administrative(because="by which mails somebody is told")
    crud = NoPages("a choice of one person, in the app")
    no_history = "a choice of one person, of no consequence for others"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="unwanted_mails")
    kind = models.CharField(max_length=30, choices=Kind)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="preference_once_a_kind")]

    def __str__(self) -> str:
        return self.get_kind_display()


class SmsWhen(models.TextChoices):
    """When somebody is told by SMS."""

    IF_NEEDED = "if_needed", _("Without an e-mail address and the app")
    FIRST = "first", _("Instead of e-mails")
    NEVER = "never", _("Never")


class SmsChoice(Record):
    """When a person wants to be told by SMS; without a row as `if_needed`."""

    privacy = Administrative(because="by which way somebody is told")
    crud = Crud(remove=Never("the choice “without an e-mail address and the app” is the same as none"))

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="sms_choice", verbose_name=_("person")
    )
    sms = models.CharField(_("by SMS"), max_length=10, choices=SmsWhen, default=SmsWhen.IF_NEEDED)

    locked_fields = ("user",)

    class Meta:
        verbose_name = _("choice about SMS")
        verbose_name_plural = _("choices about SMS")
        constraints = [known("sms", SmsWhen)]

    def __str__(self) -> str:
        return self.get_sms_display()


class SmsDay(models.Model):
    """What the texts of a day have cost: `spent`, in thousandths of SMS_CURRENCY, for `charged_to`, such as a clinic.
    Adding to it is one conditional UPDATE, so that two senders never pass the limit together."""

    privacy = Administrative(because="what texts have cost")
    crud = NoPages("sums of a day, on the System page")
    no_history = "counts what the notices say one by one"

    day = models.DateField()
    charged_to = models.CharField(max_length=40, blank=True)
    spent = models.PositiveBigIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["day", "charged_to"], name="smsday_once_a_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.charged_to}"
