"""A sample row of each model, for the generated tests."""

from datetime import datetime, timedelta

from django.utils import timezone

from shs.core.ages import Birth
from shs.core.discovery import Case
from shs.users import contacts, corrections, duties, families, identity, merges, pairs
from shs.users.models import (
    DutyChange,
    LoginPause,
    MadeDuty,
    PatientCard,
    PhoneCode,
    PossibleDouble,
    RoleRequest,
    User,
)


def requests(case: Case, now: datetime) -> None:
    """Frank's request to make Henry an admin."""
    case.role_request = RoleRequest.objects.create(user=case.henry, reason="runs the clinic", asked_by=case.frank)


def pauses(case: Case, now: datetime) -> None:
    """Somebody guesses Carol's password from one internet address."""
    case.login_pause = LoginPause.objects.create(
        account=case.carol.email, address="192.0.2.7", failures=6, failed_at=now, until=now + timedelta(minutes=1)
    )


def made_duties(case: Case, now: datetime) -> None:
    """A duty of the clinic that nobody has, and Frank's request for one that reads charts."""
    case.made_duty = duties.save(
        duty=None,
        name="Front desk help",
        rights={"appointment.view_appointment": "clinics", "appointment.check_in_appointment": "clinics"},
        seen="",
        reason="helps at the desk",
        by=case.frank,
        now=now,
    )
    case.duty_change = duties.save(
        duty=None,
        name="Quality of care",
        rights={"medical_record.view_medicalrecord": "all", "users.read_chart_user": "all"},
        seen="",
        reason="reviews entries",
        by=case.frank,
        now=now,
    )
    assert isinstance(case.made_duty, MadeDuty) and isinstance(case.duty_change, DutyChange)


def people(case: Case, now: datetime) -> None:
    """Alice's phone and national identity number, and a person without a login."""
    contacts.set_phone(person=case.alice, text="01712-345678", now=now)
    case.identifier = identity.add(person=case.alice, system="nid", text="1234567890")
    case.mina = User.objects.create_user(None, name="Mina")


def families_of(case: Case, now: datetime) -> None:
    """Bob's child Tara, whom he has entered."""
    birth = Birth(timezone.localdate(now) - timedelta(days=5 * 365))
    link = families.open_dependant(
        guardian=case.bob, name="Tara", birth=birth, gender="female", relation="father", now=now
    )
    case.guardianship, case.tara = link, link.dependant


def codes(case: Case, now: datetime) -> None:
    """Mina's card, and two codes to Alice's phone, of which one was typed."""
    case.card = PatientCard.objects.create(person=case.mina)
    phone, nonce = contacts.number_of(case.alice.pk), "ab" * 16
    case.phone_code = PhoneCode.objects.create(phone=phone, nonce=nonce, asked_at=now, sending_at=now)
    case.phone_proof = PhoneCode.objects.create(phone=phone, nonce=nonce, asked_at=now, sending_at=now, proven_at=now)


def doubles(case: Case, now: datetime) -> None:
    """Somebody with Alice's name and phone, and Frank's request to merge Alice and Bob, who both log in."""
    second = User.objects.create_user(None, name="Alice")
    contacts.set_phone(person=second, text="01712-345678", now=now)
    pairs.find(now=now)
    case.double = PossibleDouble.objects.get(second=second)
    case.person_merge = merges.ask(
        kept=case.bob, dropped=case.alice, choices={}, reason="says so at the desk", by=case.frank, now=now
    )


def corrections_of(case: Case, now: datetime) -> None:
    """Alice asks to have her name corrected, and Bob the birth registration number of his child."""
    case.correction = corrections.ask(
        person=case.alice, fact="name", wanted="Alice Rahman", reason="I have married", by=case.alice, now=now
    )
    case.number_asked = corrections.ask(
        person=case.tara, fact="brn", wanted="20191234567890123", reason="her certificate", by=case.bob, now=now
    )


samples = [requests, pauses, made_duties, people, families_of, codes, doubles, corrections_of]
