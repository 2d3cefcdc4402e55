"""Who books and reads for whom."""

from datetime import date, datetime
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shs.core.ages import ADULT, born_since, first_day_at
from shs.core.records.constraints import known
from shs.core.records.crud import By, Crud, Never
from shs.core.records.models import Record, RecordQuerySet
from shs.core.records.privacy import Administrative
from shs.core.records.transitions import move, save_with_reason
from shs.users.models.document import Document

if TYPE_CHECKING:
    from shs.users.models.user import User


class Relation(models.TextChoices):
    """What the guardian is to the dependant."""

    MOTHER = "mother", _("Mother")
    FATHER = "father", _("Father")
    SPOUSE = "spouse", _("Husband or wife")
    CHILD = "child", _("Son or daughter")
    OTHER = "other", _("Somebody else")


class Basis(models.TextChoices):
    """Why somebody may act for another."""

    OPENED = "opened", _("Entered the person in the app")
    AGREED = "agreed", _("A guardian agreed")
    CONSENT = "consent", _("The person agreed")
    DESK = "desk", _("Proven at the desk")


class State(models.TextChoices):
    """What became of it."""

    ASKED = "asked", _("Asked for")
    ACTIVE = "active", _("In force")
    DECLINED = "declined", _("Declined")
    ENDED = "ended", _("Ended")


def minors(prefix: str, today: date, years: int = ADULT) -> Q:
    """Rows whose person at the path `prefix` is known to be under so many `years` on `today`."""
    found = [
        Q(**{f"{prefix}__profile__birth_precision": precision, f"{prefix}__profile__date_of_birth__gte": day})
        for precision, day in born_since(years, today).items()
    ]
    return reduce(or_, found)


class GuardianshipQuerySet(RecordQuerySet["Guardianship"]):
    """Guardianships."""

    def in_force(self, now: datetime) -> Self:
        """Those that give a right at `now`: of guardians who live and are not suspended, for people who live; for a
        minor until the day on which they may be 18, whatever the row says."""
        still = Q(is_for_minor=False) | minors("dependant", timezone.localdate(now))
        return self.filter(
            still,
            state=State.ACTIVE,
            guardian__is_active=True,
            guardian__died_on__isnull=True,
            dependant__died_on__isnull=True,
        )

    def outgrown(self, now: datetime) -> Self:
        """Those for minors who may be 18 at `now`, or of whom no date of birth is known any more."""
        grown = ~minors("dependant", timezone.localdate(now)) | Q(dependant__profile__date_of_birth__isnull=True)
        return self.filter(grown, state__in=[State.ASKED, State.ACTIVE], is_for_minor=True)

    def about(self, person: int) -> Self:
        """Those in which a person is the guardian or the dependant."""
        return self.filter(Q(guardian=person) | Q(dependant=person))


class Guardianship(Record):
    """`guardian` acts for `dependant` (`relation`: what the guardian is to them): `may_book` visits and see them,
    `may_read` the chart, from `since` on, on a `basis`. If it `is_for_minor`, it ends on the day on which the dependant
    may be 18; one of an adult holds until somebody ends it. `document` and `last_four` are of the proof at the desk."""

    privacy = Administrative(
        because="who acts for whom; opening a chart by it is written to the read log", texts=("reason",)
    )
    crud = Crud(change=Never("ended, and made anew"), remove=By("end"))

    Relation, Basis, State, Document = Relation, Basis, State, Document
    STEPS = {State.ASKED: {State.ACTIVE, State.DECLINED}, State.ACTIVE: {State.ENDED}}

    guardian = models.ForeignKey("users.User", models.PROTECT, related_name="guardianships", verbose_name=_("guardian"))
    dependant = models.ForeignKey("users.User", models.PROTECT, related_name="guarded_by", verbose_name=_("dependant"))
    relation = models.CharField(_("the guardian is"), max_length=6, choices=Relation)
    may_book = models.BooleanField(_("may book"), default=True)
    may_read = models.BooleanField(_("may read the chart"), default=True)
    is_for_minor = models.BooleanField(_("until the age of 18"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.ASKED)
    basis = models.CharField(_("basis"), max_length=7, choices=Basis, blank=True)
    since = models.DateTimeField(_("since"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    document = models.CharField(_("document"), max_length=10, choices=Document, blank=True)
    last_four = models.CharField(_("its last four characters"), max_length=4, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    given_by = models.ForeignKey(
        "users.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("given by")
    )

    objects = GuardianshipQuerySet.as_manager()
    locked_fields = (
        "guardian",
        "dependant",
        "relation",
        "may_book",
        "may_read",
        "is_for_minor",
        "state",
        "basis",
        "since",
        "ended_at",
        "document",
        "last_four",
        "reason",
        "given_by",
    )

    class Meta:
        verbose_name = _("guardianship")
        verbose_name_plural = _("guardianships")
        ordering = ["-pk"]
        default_permissions = ("view", "add")
        permissions = [
            ("accept_guardianship", "Can agree that somebody becomes a guardian"),
            ("end_guardianship", "Can end a guardianship, or decline one"),
        ]
        constraints = [
            known("relation", Relation),
            known("state", State),
            known("basis", Basis, blank=True),
            known("document", Document, blank=True),
            models.CheckConstraint(
                name="guardianship_of_another",
                condition=~Q(guardian=F("dependant")),
                violation_error_message=_("Nobody is their own guardian."),
            ),
            models.CheckConstraint(
                name="guardianship_gives_something",
                condition=Q(may_book=True) | Q(may_read=True),
                violation_error_message=_("Choose what the guardian may do: book, read, or both."),
            ),
            models.CheckConstraint(
                name="guardianship_in_force_says_why",
                condition=Q(state__in=["asked", "declined"], basis="", since__isnull=True)
                | (Q(state__in=["active", "ended"], since__isnull=False) & ~Q(basis="")),
            ),
            models.CheckConstraint(
                name="guardianship_ended_says_when",
                condition=Q(state__in=["ended", "declined"], ended_at__isnull=False)
                | Q(state__in=["asked", "active"], ended_at__isnull=True),
            ),
            models.CheckConstraint(
                name="guardianship_desk_says_how",
                condition=Q(basis="desk", document__gt="", last_four__gt="", reason__gt="") | ~Q(basis="desk"),
            ),
            models.UniqueConstraint(
                fields=["guardian", "dependant", "state"],
                condition=Q(state__in=["asked", "active"]),
                name="guardianship_once",
                violation_error_message=_("This guardianship exists already."),
            ),
        ]
        indexes = [
            # Whom somebody acts for, asked in each request about a chart.
            models.Index(fields=["guardian"], condition=Q(state="active"), name="guardianship_of_guardian"),
            models.Index(fields=["dependant"], condition=Q(state="active"), name="guardianship_of_dependant"),
            models.Index(fields=["state", "-id"], name="guardianship_by_state"),  # the tabs of the office's list
        ]

    def __str__(self) -> str:
        return f"{self.guardian} → {self.dependant}"

    @property
    def until(self) -> date | None:
        """The day from which it no longer holds because the dependant may be 18; None for one without an end."""
        profile = getattr(self.dependant, "profile", None)
        if not self.is_for_minor or profile is None or profile.date_of_birth is None:
            return None
        return first_day_at(profile.date_of_birth, profile.birth_precision, ADULT)

    @staticmethod
    def of_state(*states: str) -> Q:
        """Those in one of these states."""
        return Q(state__in=states)

    def begin(self, *, basis: str, by: models.Model, now: datetime) -> None:
        """Let it be in force. Raises StepRefused (409) if it was answered already."""
        move(self, State.ACTIVE, field="state", reason=f"agreed: {basis}", basis=basis, since=now, given_by=by)

    def store_in_force(self, basis: str, *, by: "User", now: datetime) -> None:
        """Store a new guardianship that begins now. Raises ValidationError."""
        self.state, self.basis, self.since, self.given_by = State.ACTIVE, basis, now, by
        self.full_clean()
        save_with_reason(self, f"in force: {basis}")

    def end(self, *, now: datetime, reason: str) -> None:
        """End it, or decline what was asked for. Raises StepRefused (409) if it has ended."""
        state = State.DECLINED if self.state == State.ASKED else State.ENDED
        move(self, state, field="state", reason=reason, ended_at=now)
