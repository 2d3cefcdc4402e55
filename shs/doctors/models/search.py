"""How patients find doctors by words."""

from functools import reduce
from operator import or_
from typing import Generic, Self, TypeVar

from django.db.models import Model, Q, QuerySet

from shs.core.names import MOST_WORDS, heard_words
from shs.core.records.models import RecordQuerySet
from shs.doctors.models.clinic import DoctorSpecialization
from shs.doctors.models.names import PlaceName, SpecialtyAlias, folded_words

LEAST_HEARD = 3
"""Shorter words of a search are no names as they are heard."""
Doctor = TypeVar("Doctor", bound=Model, covariant=True)


def specialty_links(model: type[Model]) -> QuerySet[Model]:
    """The rows that link doctors to their specializations."""
    links: type[Model] = model._meta.get_field("specializations").remote_field.through  # type: ignore[union-attr]
    return links._base_manager.all()


class FoundByWords(RecordQuerySet[Doctor], Generic[Doctor]):
    """Doctors, found by words of theirs, of their specialties and of their places."""

    def matching(self, text: str) -> Self:
        """Doctors whose name (as it is heard), specialty, place, education or bio contains every word, by any of the
        names of specialties and places."""
        rows = self
        for word in folded_words(text)[:MOST_WORDS]:
            heard = [Q(search_text__contains=f" {key} ") for key in heard_words(word) if len(word) >= LEAST_HEARD]
            rows = rows.filter(reduce(or_, heard, Q(search_text__contains=word)))
        return rows

    def of_specialty(self, name: str) -> Self:
        """Doctors of the specializations of this name, short name or other name, or of those which they were merged
        into; none if there are none."""
        named = DoctorSpecialization.objects.filter(Q(slug=name.lower()) | Q(name__iexact=name))
        found = list(named.successors()[:1])
        if not found:
            aliases = SpecialtyAlias.objects.called(name).values("specialization")
            found = list(DoctorSpecialization.objects.filter(pk__in=aliases).successors())
        links = specialty_links(self.model).filter(doctorspecialization__in=found)
        return self.filter(pk__in=links.values("doctorinformation")) if found else self.none()

    def at_place(self, text: str) -> Self:
        """Doctors whose location contains `text`, or another name of a place that is named in it."""
        names = [text, *PlaceName.objects.places().also_called(text)]
        return self.filter(reduce(or_, (Q(location__icontains=name) for name in names)))

    def speaking(self, language: str) -> Self:
        """Doctors who speak a language."""
        return self.filter(language_text__contains=f"|{language.lower()}|")
