"""Changes of red flags, phrases and triage levels, which wait for a second clinician."""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, Self

from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from shs.core.errors import Forbidden
from shs.core.labels import Label
from shs.core.records.constraints import known
from shs.core.records.crud import By, Crud, Never
from shs.core.records.models import Record, RecordQuerySet
from shs.core.records.privacy import Administrative
from shs.core.records.transitions import move
from shs.core.records.values import NameField
from shs.doctors.models import DoctorInformation, Verification
from shs.predict.models.knowledge import Condition, ConditionSymptom, RedFlag, Symptom, WordList
from shs.users.models import ALONE_AFTER, DecidedByTwo, User

Guarded = RedFlag | WordList | Symptom | Condition | ConditionSymptom
"""A row of which some fields are changed by two."""


class ChangeKind(models.TextChoices):
    """What a change is about."""

    RED_FLAG = "red_flag", _("Red flag")
    WORD_LIST = "word_list", _("Word list")
    SYMPTOM = "symptom", _("Symptom")
    CONDITION = "condition", _("Condition")
    PAIR = "pair", _("Symptom of a condition")


MODELS: dict[str, type[Guarded]] = {
    ChangeKind.RED_FLAG: RedFlag,
    ChangeKind.WORD_LIST: WordList,
    ChangeKind.SYMPTOM: Symptom,
    ChangeKind.CONDITION: Condition,
    ChangeKind.PAIR: ConditionSymptom,
}
FIELDS: dict[str, tuple[str, ...]] = {
    ChangeKind.RED_FLAG: ("name", "groups", "message", "message_bn", "shows_hotline", "source", "is_active"),
    ChangeKind.WORD_LIST: ("slug", "words", "is_active"),
    ChangeKind.SYMPTOM: ("slug", "name", "name_bn", "synonyms", "synonyms_bn", "synonyms_roman", "is_active"),
    ChangeKind.CONDITION: (
        "name",
        "specialization_id",
        "base",
        "triage",
        "triage_source",
        "affects",
        "description",
        "advice",
        "red_flags",
        "is_active",
    ),
    ChangeKind.PAIR: ("condition_id", "symptom_id", "usual", "percent", "is_active"),
}
"""What two decide: the fields on which an answer depends. A red flag names its word lists by their slug, and a person's
case its symptoms."""


def kind_of(row: Guarded) -> ChangeKind:
    """The kind of a row."""
    return next(ChangeKind(kind) for kind, model in MODELS.items() if isinstance(row, model))


def guarded(row: Guarded) -> dict[str, object]:
    """The fields of a row that are changed by two, as a change holds them."""
    return {name: _kept(getattr(row, name)) for name in FIELDS[kind_of(row)]}


def _kept(value: object) -> object:
    """A value as JSON keeps it: a percentage with one decimal."""
    return f"{value:.1f}" if isinstance(value, Decimal) else value


class ChangeStatus(models.TextChoices):
    """What became of a change."""

    WAITING = "waiting", _("Waiting")
    CONFIRMED = "confirmed", _("Confirmed")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Effect(NamedTuple):
    """What a change does to the answers on the open set: urgent answers among emergencies and among harmless texts,
    now and after it; and the texts ("id: text") whose answer changes. Of `ranked` open vignettes, in how many the right
    condition is first, now and after it; 0 if the change cannot move them."""

    emergencies: int
    found: int
    found_then: int
    harmless: int
    alarms: int
    alarms_then: int
    missed: list[str]
    newly_found: list[str]
    new_alarms: list[str]
    calmed: list[str]
    ranked: int = 0
    first: int = 0
    first_then: int = 0


def verified_doctors() -> QuerySet[DoctorInformation, int]:
    """The accounts of verified doctors."""
    found: QuerySet[DoctorInformation, int] = DoctorInformation.objects.filter(
        verification_status=Verification.APPROVED
    ).values_list("user", flat=True)
    return found


class KnowledgeChangeQuerySet(RecordQuerySet["KnowledgeChange"]):
    """Changes."""

    def waiting(self) -> Self:
        """Those that nobody has decided yet."""
        return self.filter(status=ChangeStatus.WAITING)

    def of(self, row: Guarded) -> Self:
        """Those of one row."""
        return self.filter(kind=kind_of(row), row=row.pk)


class KnowledgeChange(DecidedByTwo, Record):
    """A change of the row `row` of the model of `kind`: `changes` maps names of FIELDS to new values, `before` is what
    all of them were when it was asked for. Answers use the old values until a second clinician confirms; `is_alone`:
    who asked did, because there was none. `effect` is what it does on the open set (see Effect), measured with the
    knowledge of `measured_with`; empty until then."""

    privacy = Administrative(because="general knowledge")
    crud = Crud(add=Never("made by saving what two have to decide"), change=By("decide"), remove=By("withdraw"))

    Status = ChangeStatus
    STEPS = {Status.WAITING: {Status.CONFIRMED, Status.DECLINED, Status.WITHDRAWN}}
    unlogged_fields = ("updated_at", "effect", "measured_with")

    kind = models.CharField(_("about"), max_length=9, choices=ChangeKind)
    row = models.PositiveBigIntegerField(_("number"))
    name = NameField(_("name"), max_length=120)
    changes = models.JSONField(_("changes"))
    before = models.JSONField(_("before"))
    status = models.CharField(_("state"), max_length=9, choices=ChangeStatus, default=ChangeStatus.WAITING)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked"))
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    is_alone = models.BooleanField(_("without a second clinician"), default=False)
    effect = models.JSONField(_("effect"), default=dict, blank=True)
    measured_with = models.CharField(_("measured with"), max_length=64, blank=True)

    locked_fields = ("kind", "row", "name", "changes", "before", "status", "asked_by", "asked_at", "decided_by",
                     "decided_at", "is_alone", "effect", "measured_with")  # fmt: skip

    objects = KnowledgeChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change for two clinicians")
        verbose_name_plural = _("changes for two clinicians")
        ordering = ["-pk"]
        default_permissions = ("view",)
        permissions = [
            ("decide_knowledgechange", "Can confirm or decline changes by others"),
            ("withdraw_knowledgechange", "Can withdraw own changes"),
            ("confirm_alone_knowledgechange", "Can confirm own changes where there is no other clinician"),
        ]
        constraints = [
            known("kind", ChangeKind),
            known("status", ChangeStatus),
            models.UniqueConstraint(
                fields=["kind", "row"],
                condition=Q(status="waiting"),
                name="knowledgechange_waits_once",
                violation_error_message=_("A change of this waits for a second clinician already."),
            ),
            models.CheckConstraint(
                name="knowledgechange_by_two",
                condition=~Q(status="confirmed")
                | Q(is_alone=True)
                | (Q(decided_by__isnull=False) & ~Q(decided_by=models.F("asked_by"))),
                violation_error_message=_("Somebody else has to confirm your change."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.name}"

    @property
    def measured(self) -> Effect | None:
        """The effect; None until it is measured."""
        return Effect(**self.effect) if self.effect else None

    def stored_row(self) -> Guarded | None:
        """The row that is to be changed."""
        return MODELS[self.kind]._base_manager.filter(pk=self.row).first()

    def applied_to(self, row: Guarded) -> Guarded:
        """Set the changes on `row`, which is not stored."""
        for name, value in self.changes.items():
            setattr(row, name, value)
        return row

    def confirm(self, *, by: User, now: datetime) -> None:
        """Confirm it. Raises Forbidden (403) for the one who asked."""
        self._require_another(by)
        move(self, ChangeStatus.CONFIRMED, decided_by=by, decided_at=now)

    def confirm_alone(self, *, by: User, now: datetime) -> None:
        """Confirm it as the one who asked. Raises as `require_alone`."""
        self.require_alone(by, now)
        reason = "without a second clinician"
        move(self, ChangeStatus.CONFIRMED, reason=reason, decided_by=by, decided_at=now, is_alone=True)

    @property
    def alone_from(self) -> datetime:
        return self.asked_at + ALONE_AFTER

    def deciders(self) -> QuerySet[User]:
        """Admins and verified doctors."""
        return User.objects.admins() | User.objects.doctors().filter(pk__in=verified_doctors())

    def put_aside(self) -> Q:
        return Q(was_admin=True) | Q(user__in=verified_doctors())

    def decline(self, *, by: User, reason: str, now: datetime) -> None:
        """Decline it. Raises Forbidden (403) for the one who asked."""
        self._require_another(by)
        move(self, ChangeStatus.DECLINED, reason=reason, decided_by=by, decided_at=now)

    def withdraw(self, *, by: User, now: datetime) -> None:
        """Withdraw it as the one who asked. Raises Forbidden (403) for others."""
        if by.pk != self.asked_by_id:
            raise Forbidden
        move(self, ChangeStatus.WITHDRAWN, decided_by=by, decided_at=now)

    def _require_another(self, by: User) -> None:
        if by.pk == self.asked_by_id:
            raise Forbidden(_("Somebody else has to decide your change. You may withdraw it."))


def label_of(kind: str, name: str) -> Label:
    """What a field is called."""
    return MODELS[kind]._meta.get_field(name).verbose_name  # type: ignore[union-attr]  # a field with a column


def told_value(kind: str, name: str, value: object) -> object:
    """A value as it is told: the label of a choice; of a key, what it is the key of."""
    field = MODELS[kind]._meta.get_field(name)
    if field.related_model is not None and value not in (None, ""):
        return str(field.related_model._base_manager.filter(pk=value).first() or value)
    labels = dict(getattr(field, "flatchoices", None) or ())
    return labels.get(value, value) if isinstance(value, str) else value
