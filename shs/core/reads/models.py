"""The read log and its seals."""

from typing import NoReturn, Self, TypedDict

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from shs.core.caller import Caller
from shs.core.context import remember, request_address, request_id
from shs.core.dates import show_datetime
from shs.core.records.crud import Crud, Never, NoPages
from shs.core.records.models import RecordQuerySet
from shs.core.records.privacy import Administrative

FIRST_KEYED_SEAL = gettext_noop("first seal with a key")
READ = (
    FIRST_KEYED_SEAL,
    gettext_noop("age and sex"),
    "break-glass",
    gettext_noop("changes"),
    gettext_noop("contact details"),
    gettext_noop("doctor"),
    gettext_noop("doctor document"),
    gettext_noop("export changes"),
    gettext_noop("letter"),
    gettext_noop("letter PDF"),
    gettext_noop("letter printed again at the desk"),
    gettext_noop("medical record"),
    gettext_noop("medical record add"),
    gettext_noop("medical records for a letter"),
    gettext_noop("notice"),
    gettext_noop("ordered tests"),
    gettext_noop("patient page"),
    gettext_noop("prescription"),
    gettext_noop("papers of a visit, at the desk"),
    gettext_noop("prescription PDF"),
    gettext_noop("prescription printed again at the desk"),
    gettext_noop("result"),
    gettext_noop("result PDF"),
    gettext_noop("result add"),
    gettext_noop("result file"),
    gettext_noop("visits"),
)
"""The names of what was read; stored and sealed in English."""
SHOWN_AS = {"break-glass": gettext_noop("emergency access")}
"""What is stored → what is shown, where that is not the same."""
READ_PAGES = {
    "list": _("list of %(rows)s"),
    "history": _("history of %(rows)s"),
    "version": _("version of %(rows)s"),
    "export": _("export of %(rows)s"),
}


MOST_IDS = 100
"""A line about more rows has a Span instead of their ids."""


class Span(TypedDict):
    """The rows of a large export: the lowest and the highest id, and their number."""

    first: int
    last: int
    count: int


class AppendOnly(TypeError):
    """Raised when a line of the read log would be changed or deleted."""


class ReadLogQuerySet(RecordQuerySet["ReadLog"]):
    """Lines of the read log, which can only be added and read."""

    def about(self, user: Caller) -> Self:
        """Reads of data about `user`, also under a number of theirs that was merged: sealed lines keep what they
        say."""

        def find() -> list[int]:
            merged = get_user_model()._base_manager.filter(merged_into=user.pk)
            return list(merged.order_by().values_list("pk", flat=True))

        return self.filter(subject__in=[user.pk, *remember(("merged", user.pk), find)])

    def denied_again(self, pk: int) -> None:
        """Count a further refusal in the line `pk`, which is not sealed before its hour has passed."""
        super().filter(pk=pk, basis=ReadLog.Basis.DENIED)._counted()

    def _counted(self) -> None:
        super().update(times=models.F("times") + 1)

    _unlogged = True  # lines may be added in bulk; what changes or deletes them is refused here

    def update(self, **changes: object) -> NoReturn:
        raise AppendOnly("A line of the read log is never changed.")

    def bulk_update(self, *args: object, **kwargs: object) -> NoReturn:
        raise AppendOnly("A line of the read log is never changed.")

    def delete(self) -> NoReturn:
        raise AppendOnly("A line of the read log is never deleted.")


class ReadLog(models.Model):
    """One read of personal data by one request: reader, patient, what, and on which basis. Never changed, except that
    the refusals of one reader about one person are counted (`times`) in one line an hour.

    `ids` are the ids of the rows; in a line without a `subject` it can be a Span. An export of patients' rows has a
    line for each patient beside it, with the ids of that patient's rows.
    """

    privacy = Administrative(because="who read what, by its number")
    crud = Crud(add=Never("written for every read"), change=Never("sealed"), remove=Never("sealed"))
    no_history = "a log, written once"

    class Basis(models.TextChoices):
        OWN = "own", _("own record")
        GUARDIAN = "guardian", _("as the guardian")
        CARE = "care", _("in care")
        VISIT = "visit", _("this visit alone, without proof of identity")
        CONSENT = "consent", _("the patient's consent")
        BREAK_GLASS = "break_glass", _("emergency access")
        DUTY = "duty", _("duty")
        SHARED = "shared", _("shared by an admin")
        DENIED = "denied", _("denied")

    at = models.DateTimeField(_("when"), auto_now_add=True)
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="reads", verbose_name=_("reader"), null=True
    )
    role = models.CharField(_("role"), max_length=100)  # a role and every duty
    subject = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="reads_of",
        verbose_name=_("patient or person"),
        null=True,
    )
    what = models.CharField(_("what"), max_length=60)
    ids = models.JSONField(_("record numbers"), default=list)
    basis = models.CharField(_("basis"), max_length=12, choices=Basis)
    times = models.PositiveIntegerField(_("times"), default=1)
    note = models.CharField(_("note"), max_length=255, blank=True)
    path = models.CharField(_("page"), max_length=200)
    address = models.CharField(_("from"), max_length=45, blank=True, default=request_address)
    request = models.CharField(_("request"), max_length=32, blank=True, default=request_id)

    objects = ReadLogQuerySet.as_manager()

    class Meta:
        verbose_name = _("read")
        verbose_name_plural = _("read log")
        default_permissions = ("view",)
        permissions = [("export_readlog", "Can export the read log")]
        indexes = [
            models.Index(fields=["subject", "-at"], name="readlog_by_subject"),  # a patient's access log
            models.Index(fields=["reader", "-at"], name="readlog_by_reader"),  # the auditor's filter by person
            models.Index(fields=["-at"], name="readlog_by_time"),  # the auditor's list
            # The auditor's search by the beginning of a text.
            models.Index(fields=["what"], name="readlog_by_what", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["request"], name="readlog_by_request", opclasses=["varchar_pattern_ops"]),
        ]

    def __str__(self) -> str:
        return f"{show_datetime(self.at)} {self.what_label}"

    @property
    def what_label(self) -> str:
        """What was read, in the active language."""
        page, of, rows = self.what.partition(" of ")
        if of and page in READ_PAGES:
            return READ_PAGES[page] % {"rows": gettext(rows)}
        if self.what.startswith("export ") and "." in self.what:
            model = apps.get_model(self.what.removeprefix("export "))
            return READ_PAGES["export"] % {"rows": model._meta.verbose_name_plural}
        return gettext(SHOWN_AS.get(self.what, self.what))

    @property
    def row_count(self) -> int:
        """How many rows were read."""
        return self.ids["count"] if isinstance(self.ids, dict) else len(self.ids)

    @property
    def rows_label(self) -> str:
        """The numbers of the rows, in the active language."""
        if isinstance(self.ids, dict):
            return gettext("%(count)s rows, numbered from %(first)s to %(last)s") % self.ids
        return ", ".join(map(str, self.ids))

    def save(self, *, force_insert: bool = True, using: str | None = None) -> None:
        if not self._state.adding:
            raise AppendOnly("A line of the read log is never changed.")
        super().save(force_insert=force_insert, using=using)

    def delete(self, *args: object, **kwargs: object) -> NoReturn:
        raise AppendOnly("A line of the read log is never deleted.")


class AuditSeal(models.Model):
    """A seal over lines `from_id` to `to_id` of the read log. `lines` holds the digest of each line by id; `digest` is
    calculated over these and the digest of the previous seal, so that a changed, removed or added line is noticed."""

    privacy = Administrative(because="digests")
    crud = NoPages("the chain that proves the read log; `manage.py verify_audit` reads it")
    no_history = "written once, and checked by the next one"

    sealed_at = models.DateTimeField(_("sealed"))
    from_id = models.PositiveBigIntegerField(_("from line"), unique=True)
    to_id = models.PositiveBigIntegerField(_("to line"), unique=True)
    lines = models.JSONField(_("lines"))
    key = models.CharField(_("key"), max_length=40, blank=True, default="")
    previous = models.CharField(_("digest of the seal before"), max_length=64, blank=True)
    digest = models.CharField(_("digest"), max_length=64, unique=True)

    class Meta:
        verbose_name = _("seal")
        verbose_name_plural = _("seals")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(name="auditseal_ends_after_start", condition=Q(to_id__gte=models.F("from_id"))),
            # Each seal has at most one successor; two would be two different histories.
            models.UniqueConstraint(fields=["previous"], name="auditseal_one_chain"),
        ]

    def __str__(self) -> str:
        return f"{self.from_id}–{self.to_id} {self.digest[:12]}"
