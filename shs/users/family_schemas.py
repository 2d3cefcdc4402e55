"""Input and output of the routes of families."""

from datetime import date, datetime
from typing import Annotated, Literal

from django.utils import timezone
from pydantic import BeforeValidator, Field
from typing_extensions import TypedDict

from shs.core.api.paging import Paging
from shs.core.names import initials
from shs.core.types import MAX_ID, Id, In, PastDay, PersonName, Text
from shs.users.models import Correction, Guardianship, User
from shs.users.permissions import Ward
from shs.users.schemas import Gender, NameOrNone, Precision


def _empty_is_none(value: object) -> object:
    return None if value == "" else value


ForWhom = Annotated[Id | None, BeforeValidator(_empty_is_none)]
"""In a body: a person whose guardian the caller is; by default the caller."""
AboutWhom = Annotated[Annotated[int, Field(ge=1, le=MAX_ID)] | None, BeforeValidator(_empty_is_none)]
"""The same in a query."""

KnownRelation = Literal["mother", "father", "spouse", "child", "other"]


class NewDependant(In):
    """A child of the caller, who has no login. `relation` is what the caller is to the child."""

    name: PersonName
    name_bn: NameOrNone = ""
    date_of_birth: PastDay
    birth_precision: Precision = "day"
    gender: Gender = ""
    relation: KnownRelation = "other"


class LinkWish(In):
    """A wish to act for somebody who exists, named by the patient number and the date of birth: to book visits, to read
    the chart, or both. `relation` is what the caller is to them."""

    patient_number: Annotated[str, Text(40, least=2)]
    date_of_birth: PastDay
    relation: KnownRelation
    may_book: bool = True
    may_read: bool = True


class Ending(In):
    """Why a guardianship ends, if somebody says."""

    reason: Annotated[str, Text(500), BeforeValidator(lambda value: "" if value is None else value)] = ""


KnownFact = Literal[
    "name",
    "name_bn",
    "date_of_birth",
    "gender",
    "blood_group",
    "father_name",
    "mother_name",
    "spouse_name",
    "phone",
    "address",
    "nid",
    "brn",
    "uhid",
]


class CorrectionWish(In):
    """A wish to have a `fact` corrected, of the caller or of the `patient` whose guardian they are. `wanted`: the right
    value; a date of birth as a day, a month (1990-03), a year, or an age; of a number of the state, all of it."""

    patient: ForWhom = None
    fact: KnownFact
    wanted: Annotated[str, Text(255)]
    reason: Annotated[str, Text(500, least=5)]


class AskedCorrections(Paging):
    """The corrections that were asked for, of the caller, or of the `patient` whose guardian they are."""

    patient: AboutWhom = None


class PatientOut(TypedDict):
    """Somebody for whom the caller books or reads: themselves (`relation` is `self`), or somebody whose guardian they
    are. `until`: the day on which a minor may be 18."""

    id: int
    patient_number: str
    name: str
    name_bn: str
    date_of_birth: date | None
    birth_precision: str
    age: str
    gender: str
    relation: str
    may_book: bool
    may_read: bool
    until: date | None
    link: int | None


class PersonRef(TypedDict):
    id: int
    name: str


class CorrectionOut(TypedDict):
    """A correction that was asked for. `state` is `waiting`, `accepted`, `declined` or `withdrawn`; `answer` is what
    the front desk wrote when it declined. Of a number of the state, `present` and `wanted` show the last three
    characters."""

    id: int
    patient: PersonRef
    fact: str
    present: str
    wanted: str
    reason: str
    asked_by: PersonRef
    asked_at: datetime
    state: str
    answer: str
    decided_at: datetime | None


class LinkOut(TypedDict):
    """A guardianship. `state` is `asked`, `active`, `declined` or `ended`; `basis` says why it is in force. Until it is
    agreed to, whoever asked sees only the initials of the dependant, without an id. `may_accept` and `may_revoke`: what
    the caller can do with it."""

    id: int
    guardian: PersonRef
    dependant: PersonRef
    relation: str
    may_book: bool
    may_read: bool
    state: str
    basis: str
    since: datetime | None
    until: date | None
    may_accept: bool
    may_revoke: bool


def patient_out(person: User, ward: Ward, link: Guardianship | None, today: date) -> PatientOut:
    """Convert a person, read with the profile, into an answer; `link` is None for the caller."""
    profile = getattr(person, "profile", None)
    return {
        "id": person.pk,
        "patient_number": person.patient_number,
        "name": person.name,
        "name_bn": person.name_bn,
        "date_of_birth": profile.date_of_birth if profile else None,
        "birth_precision": profile.birth_precision if profile else "day",
        "age": profile.shown_age(today) if profile else "",
        "gender": profile.gender if profile else "",
        "relation": link.relation if link else "self",
        "may_book": ward.may_book,
        "may_read": ward.may_read,
        "until": link.until if link else None,
        "link": link.pk if link else None,
    }


def link_out(link: Guardianship, caller: User, *, may_accept: bool, may_revoke: bool) -> LinkOut:
    """Convert a guardianship, read with its two people, into an answer for `caller`."""
    is_known = link.since is not None or caller.pk != link.guardian_id
    hidden: PersonRef = {"id": 0, "name": initials(link.dependant.name)}
    return {
        "id": link.pk,
        "guardian": {"id": link.guardian_id, "name": link.guardian.name},
        "dependant": {"id": link.dependant_id, "name": link.dependant.name} if is_known else hidden,
        "relation": link.relation,
        "may_book": link.may_book,
        "may_read": link.may_read,
        "state": link.state,
        "basis": link.basis,
        "since": timezone.localtime(link.since) if link.since else None,
        "until": link.until if is_known else None,
        "may_accept": may_accept,
        "may_revoke": may_revoke,
    }


def correction_out(row: Correction) -> CorrectionOut:
    """Convert a correction, read with its two people, into an answer."""
    is_declined = row.status == Correction.Status.DECLINED
    return {
        "id": row.pk,
        "patient": {"id": row.person_id, "name": row.person.name},
        "fact": row.fact,
        "present": row.present,
        "wanted": row.wanted,
        "reason": row.reason,
        "asked_by": {"id": row.asked_by_id, "name": row.asked_by.name},
        "asked_at": timezone.localtime(row.asked_at),
        "state": row.status,
        "answer": row.answer if is_declined else "",
        "decided_at": timezone.localtime(row.decided_at) if row.decided_at else None,
    }
