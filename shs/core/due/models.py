"""Runs of jobs, and their leases."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.core.dates import show_datetime
from shs.core.records.crud import NoPages
from shs.core.records.models import RecordQuerySet
from shs.core.records.privacy import Administrative


class JobRun(models.Model):
    """One run of a job: the number of processed rows, or the error. Kept for a few weeks."""

    privacy = Administrative(because="counts of work that was done")
    crud = NoPages("a log, on the System page")
    no_history = "a log, written once"

    name = models.CharField(_("job"), max_length=60)
    started_at = models.DateTimeField(_("began"))
    finished_at = models.DateTimeField(_("ended"), db_index=True)
    count = models.PositiveIntegerField(_("done"), default=0)
    error = models.CharField(_("error"), max_length=255, blank=True)
    place = models.CharField(_("host and process"), max_length=100, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked for by"), null=True
    )

    objects = RecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("run of due work")
        verbose_name_plural = _("runs of due work")
        default_permissions = ("view",)
        permissions = [("run_jobrun", "Can run due work at once")]
        indexes = [
            models.Index(fields=["name", "-started_at"], name="jobrun_by_name"),  # finds the last run of each job
            models.Index(fields=["-started_at"], name="jobrun_failed", condition=~Q(error="")),  # for the System page
        ]

    def __str__(self) -> str:
        return f"{self.name} {show_datetime(self.started_at)}"

    @staticmethod
    def failed() -> Q:
        """Runs that ended with an error."""
        return ~Q(error="")


class JobLease(models.Model):
    """The lease of a job (`holder`, empty if it is free) and when the job last began. The lease of a killed process
    ends at `expires_at`. `held` says why the job waits for a person (see clock.in_words), empty if it does not."""

    privacy = Administrative(because="which process runs a job")
    crud = NoPages("says who runs a job at present")
    no_history = "says who runs a job at present"

    name = models.CharField(max_length=60, primary_key=True)
    holder = models.CharField(max_length=32, blank=True)
    began_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    held = models.CharField(max_length=60, blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name


class ClockMark(models.Model):
    """One row: the time of the last pass of due work, and when the clock was last set back (`set_back_at`, from
    `set_back_from`)."""

    privacy = Administrative(because="what the clock of the server said")
    crud = NoPages("the last time that the clock showed")
    no_history = "changes with every pass"

    seen_at = models.DateTimeField()
    set_back_at = models.DateTimeField(null=True)
    set_back_from = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return show_datetime(self.seen_at)
