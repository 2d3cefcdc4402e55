"""The copies in a doctor's row that search reads."""

from collections.abc import Iterable
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet

from shs.core.names import heard_words
from shs.doctors.models import DoctorInformation, PlaceName, Places, SpecialtyAlias
from shs.doctors.models.names import PRACTITIONER, folded_words
from shs.doctors.timetable import weekdays_of


def refresh_derived(doctor: DoctorInformation, places: Places | None = None) -> None:
    """Update the copies in the doctor's row that search reads: specializations, languages, words, weekdays. `places`
    are the names of all places, if the caller has read them."""
    specialties = list(doctor.specializations.order_by("name").values("id", "name", "slug"))
    aliases = SpecialtyAlias.objects.filter(specialization__in=[row["id"] for row in specialties])
    clinics = [text for pair in doctor.clinics.values_list("name", "city") for text in pair]
    told = [*(row["name"] for row in specialties), *aliases.values_list("name", flat=True)]
    DoctorInformation.objects.without_history("these columns only repeat others").filter(pk=doctor.pk).update(
        specialty_cards=specialties,
        language_text="".join(f"|{language.lower()}" for language in doctor.languages) + "|",
        search_text=search_words(
            names=[doctor.name],
            where=[doctor.location, *clinics],
            told=[*told, doctor.education, doctor.bio],
            places=places or PlaceName.objects.places(),
        ),
        weekdays=sum(1 << day for day in weekdays_of(doctor.availability.at_open_clinics())),
    )


def search_words(*, names: Iterable[str], where: Iterable[str], told: Iterable[str], places: Places) -> str:
    """The words by which patients find a doctor: of the names, also as they are heard; of the places `where`, by all
    names of each; and of what else is `told`."""
    where = [*where]
    texts = [*names, *where, *places.also_called(" , ".join(where)), *told]
    words = [word for text in texts for word in folded_words(text)]
    heard = [key for name in names for key in heard_words(name)]
    return f" {' '.join(dict.fromkeys([*words, *PRACTITIONER_WORDS, *heard]))} "


PRACTITIONER_WORDS = sorted(PRACTITIONER)
"""In the words of every doctor, so that "heart specialist" finds whoever "heart" finds."""


def refresh_all(doctors: QuerySet[DoctorInformation]) -> None:
    """As `refresh_derived`, for all doctors of a renamed specialization, clinic or place."""
    places = PlaceName.objects.places()
    for doctor in doctors.iterator():
        refresh_derived(doctor, places)


def refresh_at(places: Iterable[str]) -> None:
    """As `refresh_derived`, for the doctors in whose words one of `places` is, after its names have changed."""
    named = [Q(*(("search_text__contains", word) for word in folded_words(name))) for name in places]
    doctors = DoctorInformation.objects.unrestricted("what follows from the change")
    refresh_all(doctors.filter(reduce(or_, named)))
