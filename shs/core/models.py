"""The base of what is kept: records with a history, object grants, the read log, and answers kept for a retry."""

from typing import Any, ClassVar

from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _
from guardian.models import UserObjectPermissionAbstract
from simple_history.models import HistoricalRecords

from shs.core.context import current


class UnloggedChange(TypeError):
    """A bulk change of records would leave no history line."""


class RecordQuerySet(models.QuerySet):
    """Rows of one model. `allowed` is the only way in which a door asks for rows."""

    def allowed(self, user, action: str):
        """The rows on which `user` may do `action`; no row for anonymous and inactive users."""
        from shs.core.permissions import rows_allowed  # permissions reads the models that stand here

        return self.filter(rows_allowed(self.model, user, action))

    def without_history(self, why: str):
        """Rows that may be changed in bulk without a history line; `why` says what makes that right."""
        if not why:
            raise UnloggedChange("Say why no history line is needed.")
        clone: Any = self.all()
        clone._unlogged = True
        return clone

    def create_with_history(self, rows: list, *, by=None, reason: str = "", batch_size: int = 500) -> list:
        """Insert `rows` and a history line for each, in bulk."""
        with transaction.atomic():
            made = self.without_history("their history lines follow").bulk_create(rows, batch_size=batch_size)
            model: Any = self.model
            model.history.bulk_history_create(
                made, batch_size=batch_size, default_user=by, default_change_reason=reason or None
            )
        return made

    def update(self, **changes: Any) -> int:
        self._refuse_unlogged()
        return super().update(**changes)

    def bulk_create(self, *args: Any, **kwargs: Any):
        self._refuse_unlogged()
        return super().bulk_create(*args, **kwargs)

    def bulk_update(self, *args: Any, **kwargs: Any):
        self._refuse_unlogged()
        return super().bulk_update(*args, **kwargs)

    def _clone(self):
        clone = super()._clone()
        clone._unlogged = getattr(self, "_unlogged", False)
        return clone

    def _refuse_unlogged(self) -> None:
        if not getattr(self, "_unlogged", False):
            raise UnloggedChange(
                f"{self.model._meta.label} keeps a history, and a bulk change writes none: save the rows, use "
                "create_with_history(), or say why not by without_history()."
            )


def request_id() -> str:
    """The id of the request being served; empty in a job."""
    context = current.get()
    return context.id if context else ""


def request_address() -> str:
    """The address that the request came from; empty in a job."""
    context = current.get()
    return context.address if context else ""


class HistoryLine(models.Model):
    """What every history row says beside simple_history's own columns: the request, and from where."""

    history_request = models.CharField(_("request"), max_length=32, blank=True, default=request_id)
    history_address = models.CharField(_("from"), max_length=45, blank=True, default=request_address)

    class Meta:
        abstract = True


class History(HistoricalRecords):
    """simple_history, told by our own request context who acts; `unlogged_fields` of a model are left out of it."""

    def fields_included(self, model):
        hidden = getattr(model, "unlogged_fields", ())
        return [field for field in super().fields_included(model) if field.name not in hidden]

    def get_history_user(self, instance):
        if hasattr(instance, "_history_user"):
            return instance._history_user
        context = current.get()
        return context.user if context else None


class Record(models.Model):
    """A row whose every change is kept: who, when, why, and what it was before."""

    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    objects = RecordQuerySet.as_manager()
    history = History(inherit=True, bases=[HistoryLine])

    unlogged_fields: ClassVar[tuple[str, ...]] = ("updated_at",)

    class Meta:
        abstract = True


class ObjectGrant(UserObjectPermissionAbstract, Record):
    """One right of one person to one object, where it follows from no other data: a desk's clinic, a patient's
    consent, a claimed verification. It says why it is there, and ends by itself at `expires_at`."""

    class Source(models.TextChoices):
        DESK = "desk", _("works at the clinic's desk")
        CONSENT = "consent", _("the patient's consent")
        BREAK_GLASS = "break_glass", _("emergency access")
        CLAIM = "claim", _("claimed for review")
        SHARE = "share", _("shared by an admin")

    source = models.CharField(_("basis"), max_length=12, choices=Source)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="grants_given",
        verbose_name=_("by"),
    )
    expires_at = models.DateTimeField(_("until"), null=True, blank=True)

    # guardian's own manager writes without a history
    objects: Any = RecordQuerySet.as_manager()  # type: ignore[assignment]

    class Meta(UserObjectPermissionAbstract.Meta):
        abstract = False
        verbose_name = _("access grant")
        verbose_name_plural = _("access grants")
        permissions = [("revoke_objectgrant", "Can take a chart's access grant back")]
        constraints = [
            models.CheckConstraint(
                name="objectgrant_source_known",
                condition=Q(source__in=["desk", "consent", "break_glass", "claim", "share"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.permission.codename} · {self.object_pk}"


# guardian's own fields have no label, and Django's would be their names in the code.
ObjectGrant._meta.get_field("user").verbose_name = _("who")
ObjectGrant._meta.get_field("permission").verbose_name = _("right")
ObjectGrant._meta.get_field("content_type").verbose_name = _("kind")


READ = (
    gettext_noop("break-glass"),
    gettext_noop("changes"),
    gettext_noop("contact details"),
    gettext_noop("doctor"),
    gettext_noop("doctor document"),
    gettext_noop("export changes"),
    gettext_noop("medical record"),
    gettext_noop("medical record add"),
    gettext_noop("notice"),
    gettext_noop("patient page"),
    gettext_noop("prescription"),
    gettext_noop("prescription PDF"),
)
"""What the read log calls what was read. It is kept in English, and sealed so."""

READ_PAGES = {
    "list": _("list of %(rows)s"),
    "history": _("history of %(rows)s"),
    "version": _("version of %(rows)s"),
    "export": _("export of %(rows)s"),
}


class AppendOnly(TypeError):
    """A line of the read log is written once, and never changed or deleted."""


class ReadLogQuerySet(RecordQuerySet):
    """Lines of the read log: they are added and read."""

    def bulk_create(self, *args: Any, **kwargs: Any):
        return models.QuerySet.bulk_create(self, *args, **kwargs)

    def update(self, **changes: Any) -> int:
        raise AppendOnly("A line of the read log is never changed.")

    def bulk_update(self, *args: Any, **kwargs: Any):
        raise AppendOnly("A line of the read log is never changed.")

    def delete(self):
        raise AppendOnly("A line of the read log is never deleted.")


class ReadLog(models.Model):
    """One read of what is not everybody's, by one request: who, whose, what, by which right. Never changed."""

    class Basis(models.TextChoices):
        OWN = "own", _("their own")
        CARE = "care", _("in care")
        CONSENT = "consent", _("the patient's consent")
        BREAK_GLASS = "break_glass", _("emergency access")
        DUTY = "duty", _("duty")
        DENIED = "denied", _("denied")

    at = models.DateTimeField(_("when"), auto_now_add=True)
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="reads", verbose_name=_("who"), null=True
    )
    role = models.CharField(_("role"), max_length=100)  # a role and every duty
    subject = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="reads_of", verbose_name=_("whose"), null=True
    )
    what = models.CharField(_("what"), max_length=60)
    ids = models.JSONField(_("which"), default=list)
    basis = models.CharField(_("basis"), max_length=12, choices=Basis)
    note = models.CharField(_("note"), max_length=255, blank=True)
    door = models.CharField(_("page"), max_length=200)
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
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.what_label}"

    @property
    def what_label(self) -> str:
        """What was read, in the language of who asks."""
        page, of, rows = self.what.partition(" of ")
        if of and page in READ_PAGES:
            return READ_PAGES[page] % {"rows": gettext(rows)}
        if self.what.startswith("export ") and "." in self.what:
            model = apps.get_model(self.what.removeprefix("export "))
            return READ_PAGES["export"] % {"rows": model._meta.verbose_name_plural}
        return gettext(self.what)

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly("A line of the read log is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any):
        raise AppendOnly("A line of the read log is never deleted.")


class AuditSeal(models.Model):
    """The seal on lines `from_id` to `to_id` of the read log: `lines` holds each id with the digest of its line,
    `digest` is over these and over the digest of the seal before, so that none can be changed, taken out or put in
    unseen."""

    sealed_at = models.DateTimeField(_("sealed"))
    from_id = models.PositiveBigIntegerField(_("from line"), unique=True)
    to_id = models.PositiveBigIntegerField(_("to line"), unique=True)
    lines = models.JSONField(_("lines"))
    previous = models.CharField(_("digest of the seal before"), max_length=64, blank=True)
    digest = models.CharField(_("digest"), max_length=64, unique=True)

    class Meta:
        verbose_name = _("seal")
        verbose_name_plural = _("seals")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(name="auditseal_ends_after_start", condition=Q(to_id__gte=models.F("from_id"))),
            # Two seals on one seal would be two histories.
            models.UniqueConstraint(fields=["previous"], name="auditseal_one_chain"),
        ]

    def __str__(self) -> str:
        return f"{self.from_id}–{self.to_id} {self.digest[:12]}"


class KeptAnswer(models.Model):
    """The answer to a request that named an Idempotency-Key, given again to the same request for 24 hours."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="keptanswer_once_a_key")]

    def __str__(self) -> str:
        return self.key


class CacheEntry(models.Model):
    """The table of Django's database cache, made by `migrate` like every other."""

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.cache_key


class JobRun(models.Model):
    """One run of one kind of due work: how much it did, or why it failed. Kept for a few weeks."""

    name = models.CharField(_("job"), max_length=60)
    started_at = models.DateTimeField(_("began"))
    finished_at = models.DateTimeField(_("ended"), db_index=True)
    count = models.PositiveIntegerField(_("done"), default=0)
    error = models.CharField(_("error"), max_length=255, blank=True)
    place = models.CharField(_("host and process"), max_length=100, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked for by"), null=True
    )

    class Meta:
        verbose_name = _("run of due work")
        verbose_name_plural = _("runs of due work")
        default_permissions = ("view",)
        permissions = [("run_jobrun", "Can run due work at once")]
        indexes = [
            models.Index(fields=["name", "-started_at"], name="jobrun_by_name"),  # the last one of each job
            models.Index(fields=["-started_at"], name="jobrun_failed", condition=~Q(error="")),  # the System page
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.started_at:%Y-%m-%d %H:%M}"

    @staticmethod
    def failed() -> Q:
        """Those that ended with an error."""
        return ~Q(error="")


class JobLease(models.Model):
    """Who runs a job at present (`holder`, empty for nobody), and when it last began. A process that was killed holds
    it until `expires_at` and no longer."""

    name = models.CharField(max_length=60, primary_key=True)
    holder = models.CharField(max_length=32, blank=True)
    began_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name


class SavedView(Record):
    """A filter of the list `page` (the label of its model) with a name: `query` is what stands in the address. Shared
    ones are read by everybody who sees the list."""

    MOST_QUERY = 1000

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views", verbose_name=_("owner")
    )
    page = models.CharField(_("list"), max_length=100)
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(_("filter"), max_length=MOST_QUERY)
    is_shared = models.BooleanField(_("shared"), default=False)

    unlogged_fields = ("updated_at", "query")  # what somebody looked for is nobody else's to read

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "page", "name"],
                name="savedview_name_once",
                violation_error_code="view_exists",
                violation_error_message=_("You have a view of this name already."),
            ),
            models.CheckConstraint(name="savedview_named", condition=~Q(name="")),
            models.CheckConstraint(name="savedview_filters", condition=~Q(query="")),
        ]
        indexes = [models.Index(fields=["page", "is_shared"], name="savedview_by_page")]  # the menu of a list

    def __str__(self) -> str:
        return self.name


class DefaultView(models.Model):
    """The view with which one person opens a list."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="default_views")
    page = models.CharField(max_length=100)
    view = models.ForeignKey(SavedView, models.CASCADE, related_name="defaults")

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "page"], name="defaultview_once_a_list")]

    def __str__(self) -> str:
        return f"{self.page}: {self.view_id}"

    @classmethod
    def choose(cls, user: Any, view: SavedView) -> None:
        """From now on `user` opens the list of `view` with it."""
        cls.objects.update_or_create(user=user, page=view.page, defaults={"view": view})
