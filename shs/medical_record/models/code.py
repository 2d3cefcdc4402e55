"""Codes of conditions."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.core.records.archive import Archivable
from shs.core.records.crud import By, Crud
from shs.core.records.derived import HeardField
from shs.core.records.privacy import Administrative
from shs.core.records.values import NameField
from shs.core.records.words import WordsIndex


class ConditionCode(Archivable):
    """One code of a classification of diseases; entries can use these codes only. `source` names the edition."""

    privacy = Administrative(because="a catalogue")
    crud = Crud(remove=By("delete", "archive"))

    code = models.CharField(
        _("code"),
        max_length=8,
        unique=True,
        validators=[RegexValidator(r"^[A-Z][0-9]{2}(\.[0-9A-Z]{1,4})?$", _("Enter a code such as I10 or E11.9."))],
        error_messages={"unique": _("This code already exists.")},
    )
    title = NameField(_("title"), max_length=255)
    other_names = models.CharField(
        _("other names"),
        max_length=500,
        blank=True,
        help_text=_("As people say it, in Bangla too, with commas between. The search finds the code by them."),
    )
    heard = HeardField(of=["other_names", "title"])
    source = models.CharField(_("source"), max_length=100)

    unlogged_fields = (*Archivable.unlogged_fields, "heard")  # made of the others

    class Meta:
        verbose_name = _("condition code")
        verbose_name_plural = _("condition codes")
        ordering = ["code"]
        permissions = [
            ("choose_conditioncode", "Can choose a condition code in a form"),
            ("import_conditioncode", "Can import condition codes"),
            ("export_conditioncode", "Can export condition codes"),
            ("archive_conditioncode", "Can archive condition codes"),
        ]
        constraints = [
            models.CheckConstraint(name="conditioncode_titled", condition=~Q(title="")),
            models.CheckConstraint(name="conditioncode_sourced", condition=~Q(source="")),
        ]
        indexes = [WordsIndex(fields=["heard"], name="conditioncode_heard")]  # the search in words

    def __str__(self) -> str:
        return f"{self.code} {self.title}"
