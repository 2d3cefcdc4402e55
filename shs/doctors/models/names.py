"""Other names by which people look for a specialization or a place: in everyday words, in Bangla, as it was spelt."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.core.names import WORD, fold
from shs.core.records.models import Record, RecordQuerySet
from shs.core.records.privacy import Administrative
from shs.core.records.values import NameField
from shs.doctors.models.clinic import DoctorSpecialization

PRACTITIONER = frozenset(fold("doctor doctors dr specialist specialists ডাক্তার ডাঃ বিশেষজ্ঞ চিকিৎসক রোগ রোগের").split())
"""Words that say nothing of a specialty: who looks for a "heart doctor" looks for "heart"."""


def folded_words(text: str) -> list[str]:
    """The folded words of a text, in their letters."""
    return WORD.findall(fold(text[:1000]).replace("'", ""))


class SpecialtyAliasQuerySet(RecordQuerySet["SpecialtyAlias"]):
    """Other names of specializations."""

    def called(self, text: str) -> Self:
        """Those that are `text`, but for case, accents and words such as "doctor". Reads the whole table, which is
        small, because a database folds no Bangla."""
        wanted = _told(text)
        pairs = self.values_list("pk", "name") if wanted else []
        return self.filter(pk__in=[pk for pk, name in pairs if _told(name) == wanted])


def _told(text: str) -> list[str]:
    return [word for word in folded_words(text) if word not in PRACTITIONER]


class SpecialtyAlias(Record):
    """Another name of a specialization, such as "heart doctor" for cardiology."""

    privacy = Administrative(because="a catalogue")

    specialization = models.ForeignKey(
        DoctorSpecialization, models.CASCADE, related_name="aliases", verbose_name=_("specialization")
    )
    name = NameField(_("other name"), max_length=100)

    objects = SpecialtyAliasQuerySet.as_manager()

    class Meta:
        verbose_name = _("other name of a specialization")
        verbose_name_plural = _("other names of specializations")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["specialization", "name"],
                name="specialtyalias_once",
                violation_error_message=_("This specialization has this name already."),
            ),
            models.CheckConstraint(name="specialtyalias_named", condition=~Q(name="")),
        ]

    def __str__(self) -> str:
        return self.name


class Places:
    """The names of all places, read once."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.names: dict[str, set[str]] = defaultdict(set)
        for place, name in pairs:
            self.names[place] |= {place, name}

    def also_called(self, text: str) -> list[str]:
        """All names of the places that are named in `text`."""
        whole = f" {' '.join(folded_words(text))} "
        found = [
            names for names in self.names.values() if any(f" {' '.join(folded_words(n))} " in whole for n in names)
        ]
        return sorted(name for names in found for name in names)


class PlaceNameQuerySet(RecordQuerySet["PlaceName"]):
    """Other names of places."""

    def places(self) -> Places:
        """All of them."""
        return Places(self.order_by().values_list("place", "name"))


class PlaceName(Record):
    """Another name of a `place`, such as "Chittagong" for Chattogram; `source` says who calls it so."""

    privacy = Administrative(because="names of towns")

    place = NameField(_("place"), max_length=100)
    name = NameField(_("other name"), max_length=100)
    source = models.CharField(_("source"), max_length=255, blank=True)

    objects = PlaceNameQuerySet.as_manager()

    class Meta:
        verbose_name = _("other name of a place")
        verbose_name_plural = _("other names of places")
        ordering = ["place", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["place", "name"],
                name="placename_once",
                violation_error_message=_("This place has this name already."),
            ),
            models.CheckConstraint(name="placename_named", condition=~Q(name="") & ~Q(place="")),
        ]

    def __str__(self) -> str:
        return f"{self.name} · {self.place}"
