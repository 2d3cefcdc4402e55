"""Who somebody is, and where they live."""

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from shs.core.ages import Birth, Precision, iso_birth, settled, show_age, show_birth, whole_years
from shs.core.records.constraints import known
from shs.core.records.crud import Crud, Never
from shs.core.records.files import JPEG, PNG, CheckedFileField
from shs.core.records.models import Record
from shs.core.records.privacy import Administrative
from shs.core.records.values import validate_past_day, validate_person_name
from shs.users.places import validate_district


class AdministrativeGender(models.TextChoices):
    """Administrative gender, as in FHIR."""

    FEMALE = "female", _("Female")
    MALE = "male", _("Male")
    OTHER = "other", _("Other")
    UNKNOWN = "unknown", _("Unknown")


class BloodType(models.TextChoices):
    A_POSITIVE = "A+", "A+"
    A_NEGATIVE = "A-", "A-"
    B_POSITIVE = "B+", "B+"
    B_NEGATIVE = "B-", "B-"
    AB_POSITIVE = "AB+", "AB+"
    AB_NEGATIVE = "AB-", "AB-"
    O_POSITIVE = "O+", "O+"
    O_NEGATIVE = "O-", "O-"


class UserProfile(Record):
    """Who a person is, and where they live. A `date_of_birth` of which only the month or the year is known
    (`birth_precision`) is a day in the middle of it. Phones are contact points."""

    privacy = Administrative(because="who somebody is; opening one is written to the read log")
    crud = Crud(add=Never("made with the account"), remove=Never("belongs to the account"))

    Gender = AdministrativeGender

    BloodGroup = BloodType

    user = models.OneToOneField("users.User", models.CASCADE, related_name="profile", verbose_name=_("user"))
    date_of_birth = models.DateField(_("date of birth"), null=True, blank=True, validators=[validate_past_day])
    birth_precision = models.CharField(
        _("precision of the date of birth"), max_length=5, choices=Precision, default=Precision.DAY
    )
    gender = models.CharField(_("gender"), max_length=10, choices=Gender, blank=True)
    blood_group = models.CharField(_("blood group"), max_length=3, choices=BloodGroup, blank=True)
    father_name = models.CharField(_("father's name"), max_length=150, blank=True, validators=[validate_person_name])
    mother_name = models.CharField(_("mother's name"), max_length=150, blank=True, validators=[validate_person_name])
    spouse_name = models.CharField(
        _("husband's or wife's name"), max_length=150, blank=True, validators=[validate_person_name]
    )
    photo = CheckedFileField(_("photo"), folder="people", types=(JPEG, PNG), blank=True)
    address = models.CharField(_("address"), max_length=255, blank=True)
    district = models.CharField(_("district"), max_length=40, blank=True, validators=[validate_district])
    upazila = models.CharField(_("upazila or thana"), max_length=60, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    emergency_contact = models.CharField(_("emergency contact"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("contact details")
        verbose_name_plural = _("contact details")
        permissions = [("read_person_userprofile", "Can read date of birth, gender and blood group")]
        constraints = [
            known("gender", AdministrativeGender, blank=True),
            known("blood_group", BloodType, blank=True),
            known("birth_precision", Precision),
        ]
        indexes = [
            models.Index(fields=["date_of_birth"], name="userprofile_by_birth"),  # searches for people
        ]

    listed_phone: str
    """The main phone; set by the list that shows it."""

    def __str__(self) -> str:
        return self.user.name

    def age(self, today: date) -> int | None:
        """Age in whole years on `today`; None without a date of birth."""
        return whole_years(self.date_of_birth, today)

    def shown_age(self, today: date) -> str:
        """The age on `today` for people, such as "7 months" or "about 45 years"; empty without a date of birth."""
        return show_age(self.date_of_birth, self.birth_precision, today)

    @property
    def shown_birth(self) -> str:
        """The date of birth as it is typed, as far as it is known."""
        return show_birth(self.date_of_birth, self.birth_precision) if self.date_of_birth else ""

    @property
    def iso_birth(self) -> str:
        """The date of birth as FHIR writes it, as far as it is known."""
        return iso_birth(self.date_of_birth, self.birth_precision) if self.date_of_birth else ""

    def be_born(self, birth: Birth | None, today: date) -> None:
        """Set the date of birth and how much of it is known; saved by the caller."""
        if birth is None:
            self.date_of_birth, self.birth_precision = None, Precision.DAY
        else:
            self.date_of_birth, self.birth_precision = settled(*birth, today)
