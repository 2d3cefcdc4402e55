"""A person as FHIR's Patient, without the resource's own id."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from django.utils.translation import override

from shs.users.models import ContactPoint, IdentifierSystem, PersonIdentifier, User, UserProfile

Part: TypeAlias = "str | int | float | bool | Sequence[Part] | Mapping[str, Part] | None"
"""A value of JSON."""

TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"
KINDS = {
    IdentifierSystem.NID: ("NI", "urn:shs:identifier:bd:nid"),
    IdentifierSystem.BRN: ("BCT", "urn:shs:identifier:bd:brn"),
    IdentifierSystem.UHID: ("NH", "urn:shs:identifier:bd:uhid"),
}
"""System of an identity number → its code in HL7's table 0203 (national person, birth certificate, national health
plan identifier), and the URI of its system: none is published for Bangladesh."""

NUMBERS = "urn:shs:identifier:patient-number"
MASK = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}]}
"""Stands for a value that the reader may not see."""

ROLES = {"father_name": "FTH", "mother_name": "MTH", "spouse_name": "SPS"}
"""Field of the profile → the relationship in HL7's RoleCode."""


def person_of(person: User, *, reveals: bool) -> dict[str, Part]:
    """The elements of the Patient resource of `person`. Identity numbers are left out unless the reader `reveals`
    them: then the caller has logged that they were read."""
    profile = getattr(person, "profile", None)
    points = ContactPoint.objects.live().filter(person=person).order_by("system", "-pk")
    telecom = [{"system": point.system, "value": point.value} for point in points]
    facts = _facts(profile) if profile else {}
    return {
        "active": person.is_active,
        "identifier": [
            {"use": "usual", "type": _coded("MR", "Patient number"), "system": NUMBERS, "value": person.patient_number},
            *_numbers(person, reveals=reveals),
        ],
        "name": [_name(person.name), *([{"text": person.name_bn, "use": "official"}] if person.name_bn else [])],
        "telecom": telecom,
        **({"deceasedDateTime": person.died_on.isoformat()} if person.died_on else {}),
        **facts,
    }


def _name(name: str) -> dict[str, Part]:
    """The whole name, and its parts: the last word as the family name, if there are several."""
    *given, last = name.split()
    return {"text": name, "family": last, "given": given} if given else {"text": name, "given": [last]}


def _numbers(person: User, *, reveals: bool) -> list[Part]:
    rows = PersonIdentifier.objects.live().filter(person=person).order_by("pk")
    found: list[Part] = []
    for row in rows:
        code, system = KINDS[IdentifierSystem(row.system)]
        with override("en"):
            kind = _coded(code, str(IdentifierSystem(row.system).label))
        number = row.reveal_or_none() if reveals else None
        value: dict[str, Part] = {"value": number} if number else {"_value": MASK}
        found.append({"use": "official", "type": kind, "system": system, **value})
    return found


def _facts(profile: UserProfile) -> dict[str, Part]:
    place = {
        "text": profile.address,
        "city": profile.city,
        "district": profile.district,
        "line": [profile.upazila] if profile.upazila else [],
    }
    near: list[Part] = [
        {"relationship": [_role(code)], "name": {"text": getattr(profile, field)}}
        for field, code in ROLES.items()
        if getattr(profile, field)
    ]
    if profile.emergency_contact:
        emergency: Part = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0131", "code": "C"}]}
        near.append({"relationship": [emergency], "name": {"text": profile.emergency_contact}})
    return {
        "gender": profile.gender,
        "birthDate": profile.iso_birth,
        "address": [place] if any(place.values()) else [],
        "contact": near,
    }


def _coded(code: str, text: str) -> dict[str, Part]:
    return {"coding": [{"system": TYPES, "code": code}], "text": text}


def _role(code: str) -> dict[str, Part]:
    return {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "code": code}]}
