"""What people asked, without anything that says who they are, for clinicians to judge."""

import re
import secrets
from datetime import datetime

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shs.core.dates import show_date
from shs.core.errors import Invalid
from shs.core.records.constraints import known
from shs.core.records.crud import By, Crud, Never
from shs.core.records.models import Record
from shs.core.records.privacy import NOBODY_NAMED, Clinical
from shs.core.records.transitions import lock, save_with_reason
from shs.predict.models.knowledge import Triage
from shs.users.models import User

CUT = "…"
"""What stands in a text for what was cut out of it."""
WORD = re.compile(r"[\w\u0980-\u09ff]+")


class AskedOf(models.TextChoices):
    CHECKER = "checker", _("Symptom checker")
    ASSISTANT = "assistant", _("Assistant")


class Writing(models.TextChoices):
    """The three ways of writing, named as in the sets of texts (shs/predict/sets.py)."""

    ENGLISH = "en", _("English")
    BANGLA = "bn", _("Bangla")
    ROMANISED = "bn-Latn", _("romanised Bangla")


class Verdict(models.TextChoices):
    RIGHT = "right", pgettext_lazy("judgement", "Right")
    WRONG = "wrong", _("Wrong")
    DANGEROUS = "dangerous", _("Dangerous")


class Needed(models.TextChoices):
    """How soon care is needed, named as in the sets of texts."""

    NOW = Triage.NOW.value, Triage.NOW.label
    TODAY = Triage.TODAY.value, Triage.TODAY.label
    SOON = Triage.SOON.value, Triage.SOON.label
    SELF_CARE = Triage.SELF_CARE.value, Triage.SELF_CARE.label
    NOT_NOW = "not_now", _("Not an emergency (exact urgency unsure)")


def random_key() -> int:
    """A number at random: one that counts would tell in which order people asked, and so who asked. Below 2**53, which
    JavaScript counts exactly."""
    return secrets.randbelow(2**53 - 1) + 1


class AskedQuestion(Record):
    """A question to the symptom checker or the assistant, what was answered, and a clinician's judgement. It names
    nobody: not who asked, no conversation, and of the time only the day. `text` has gaps (…) where names and numbers
    were cut out; `triage` is how soon the answer said that care is needed ("" if it did not say), `condition` the slug
    of the first condition. `needed` and `right_condition` are what would have been right."""

    privacy = Clinical(patient=NOBODY_NAMED)
    crud = Crud(
        add=Never("stored when somebody asks, where the clinic has turned that on"),
        change=By("judge"),
        remove=Never("deleted after some days, unless it is judged"),
    )

    id = models.BigIntegerField(_("number"), primary_key=True, default=random_key, editable=False)
    created_at = None  # type: ignore[assignment]  # the exact time would say who asked
    updated_at = None  # type: ignore[assignment]
    asked_of = models.CharField(_("asked of"), max_length=9, choices=AskedOf)
    asked_on = models.DateField(_("day"))
    text = models.TextField(_("question"), max_length=8000)
    language = models.CharField(_("language and script"), max_length=7, choices=Writing)
    triage = models.CharField(_("answered urgency"), max_length=9, choices=Triage, blank=True)
    is_urgent = models.BooleanField(_("answered as urgent"), default=False)
    condition = models.CharField(_("answered: first condition"), max_length=80, blank=True)
    verdict = models.CharField(_("judgement"), max_length=9, choices=Verdict, blank=True)
    needed = models.CharField(_("correct urgency"), max_length=9, choices=Needed, blank=True)
    right_condition = models.CharField(_("correct condition"), max_length=80, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    judged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("judged by")
    )
    judged_at = models.DateTimeField(_("judged"), null=True, blank=True)

    unlogged_fields = ("text",)
    """Where a name is taken out of a text, no history may keep it."""
    locked_fields = (
        "asked_of",
        "asked_on",
        "text",
        "language",
        "triage",
        "is_urgent",
        "condition",
        "verdict",
        "needed",
        "right_condition",
        "note",
        "judged_by",
        "judged_at",
    )

    class Meta:
        verbose_name = _("question without a name")
        verbose_name_plural = _("questions without names")
        ordering = ["-asked_on", "-pk"]
        default_permissions = ("view",)
        permissions = [
            ("judge_askedquestion", "Can judge what was answered to a question"),
            ("export_askedquestion", "Can export judged questions for measuring"),
        ]
        constraints = [
            known("asked_of", AskedOf),
            known("language", Writing),
            known("triage", Triage, blank=True),
            known("verdict", Verdict, blank=True),
            known("needed", Needed, blank=True),
            models.CheckConstraint(
                name="askedquestion_judged_by_somebody",
                condition=Q(verdict="", needed="", judged_by=None, judged_at=None)
                | (~Q(verdict="") & ~Q(needed="") & Q(judged_by__isnull=False, judged_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(fields=["-asked_on", "-id"], name="askedquestion_latest"),  # the list
            models.Index(fields=["verdict", "-asked_on", "-id"], name="askedquestion_by_verdict"),  # its tabs, due work
        ]

    def __str__(self) -> str:
        return f"{self.get_asked_of_display()}, {show_date(self.asked_on)}"

    @property
    def answered(self) -> str:
        """How soon care is needed by the answer, as the sets of texts name it."""
        return Needed.NOW if self.is_urgent else self.triage or Needed.NOT_NOW

    def judge(
        self, *, verdict: str, needed: str, right_condition: str, language: str, note: str, by: User, now: datetime
    ) -> None:
        """Store a clinician's judgement. Raises Invalid (422) where the answer is not right and it is not said what
        would be, or why."""
        if verdict != Verdict.RIGHT and not needed:
            raise Invalid(_("Say how soon care is needed."), field="needed")
        if verdict != Verdict.RIGHT and not note:
            raise Invalid(_("Say what is wrong."), field="note")
        with transaction.atomic():
            lock(self)
            self.verdict, self.needed, self.note = verdict, needed or self.answered, note
            self.right_condition, self.language = right_condition, language
            self.judged_by, self.judged_at = by, now
            save_with_reason(self, "judged")

    def cut(self, text: str, *, reason: str) -> None:
        """Store the text without what may say who asked. Raises Invalid (422) if it has words that were not in it."""
        with transaction.atomic():
            lock(self)
            if set(WORD.findall(text)) - set(WORD.findall(self.text)):
                raise Invalid(_("Only remove words, or replace them with “…”."), field="text")
            self.text = text
            save_with_reason(self, reason)
