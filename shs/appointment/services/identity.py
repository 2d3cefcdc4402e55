"""Who comes to a visit that the desk books or takes in: proven by a code, their card or a document, or not at all, for
a reason. Until it is proven, the visit opens nothing of the chart but what is written in it."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.core import signing
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from shs.appointment.models import Appointment, Identity, IdentityCheck, IdentityCode
from shs.appointment.notices import tell_access
from shs.core.digits import latin_digits
from shs.core.errors import Invalid, NotFound, StepRefused, TooMany
from shs.core.limits import counting
from shs.core.records.transitions import lock, save_with_reason
from shs.notices import gateway
from shs.notices.kinds import BY_PHONE, Kind
from shs.notices.letters import secret_of
from shs.notices.models import Notice
from shs.notices.reach import contact_of
from shs.notices.services import notice, notify
from shs.users import cards
from shs.users.links import page_url
from shs.users.models import User, require_document

CODE_LASTS = timedelta(minutes=15)
CODE_PAUSE = timedelta(minutes=1)
MOST_WRONG = 5
NOT_ME = "shs.appointment.not_me"
"""What the token of a link is for: the patient's objection to a visit."""

How, Review = IdentityCheck.How, IdentityCheck.Review


@dataclass(frozen=True)
class Proof:
    """What the desk says about who came: `how` (a How), the kind of a `document` and its `last_four` characters, the
    `code` that the patient read out, that of their `card`, or why there is none (`reason`)."""

    how: str
    document: str = ""
    last_four: str = ""
    code: str = ""
    card: str = ""
    reason: str = ""

    def require_whole(self) -> None:
        """Raises Invalid (422) if something is missing."""
        match self.how:
            case How.DOCUMENT:
                require_document(self.document, self.last_four)
            case How.NONE:
                if len(self.reason.strip()) < 5:
                    raise Invalid(_("Enter why the visit goes on without proof of identity."), field="reason")
            case How.CARD:
                if not self.card.strip():
                    raise Invalid(_("Enter the code on the patient's card."), field="card")
            case How.CODE | How.PHONE:
                if not self.code.strip():
                    raise Invalid(_("Enter the code that the patient has been sent."), field="code")
            case _how:
                raise Invalid(_("Choose how the patient proved who they are."), field="how")


def prove(*, visit: Appointment, proof: Proof, by: User, now: datetime) -> None:
    """Note how the patient of a visit proved who they are, and tell them what it opens. Raises as `test` and `keep`."""
    keep(visit=visit, proof=test(visit=visit, proof=proof, now=now), by=by, now=now)


def test(*, visit: Appointment, proof: Proof, now: datetime) -> Proof:
    """The proof, if it is whole and right; call it outside of a transaction that a refusal would roll back, because a
    wrong code is counted. Raises Invalid (422) for a proof that is not whole or a wrong code, TooMany (429) after wrong
    ones."""
    proof.require_whole()
    if proof.how in (How.CODE, How.PHONE):
        return replace(proof, how=_require_code(visit, proof.code, now))
    if proof.how == How.CARD:
        require_card(patient=visit.patient, code=proof.card, now=now)
    return proof


def keep(*, visit: Appointment, proof: Proof, by: User, now: datetime) -> None:
    """Note a proof that was tested. Raises StepRefused (409) for a visit that needs none, and for a document or a card
    while an objection of this patient waits for an auditor."""
    with transaction.atomic():
        lock(visit)
        if not visit.needs_proof:
            raise StepRefused(_("The identity of this patient is already confirmed."))
        is_shown = proof.how in (How.DOCUMENT, How.CARD)
        if is_shown and IdentityCheck.objects.objections_to_review(visit.patient).exists():
            raise StepRefused(_("This patient has objected to a visit: until an auditor decides, only a code counts."))
        _keep(visit, proof, by, now)
        tell_access(visit, now)


def take_up(*, visit: Appointment, reason: str, by: User, now: datetime) -> None:
    """Have an auditor look into a visit that was missed and is said to have taken place after all, without any proof
    that its patient came, and tell the patient what it opens. The caller has locked it."""
    check = IdentityCheck(visit=visit, how=How.NONE, reason=reason[:500], by=by, at=now, status=Review.WAITING)
    save_with_reason(check, "completed after it was missed")
    tell_access(visit, now, was_missed=True)


def _keep(visit: Appointment, proof: Proof, by: User, now: datetime) -> None:
    is_none = proof.how == How.NONE
    check = IdentityCheck(
        visit=visit,
        how=proof.how,
        document=proof.document if proof.how == How.DOCUMENT else "",
        last_four=proof.last_four.upper() if proof.how == How.DOCUMENT else "",
        reason=proof.reason.strip() if is_none else "",
        by=by,
        at=now,
        status=Review.WAITING if is_none else Review.NOT_NEEDED,
    )
    save_with_reason(check, "checked")
    visit.identify(Identity(proof.how))


def send_code(*, visit: Appointment, now: datetime, to_phone: bool = False) -> None:
    """Send a code to the patient's confirmed address, or to the confirmed phone of who has none; `to_phone`: to the
    phone in any case. At most once a minute. Raises StepRefused (409) if there is none or the visit needs no proof,
    TooMany (429)."""
    with transaction.atomic():
        lock(visit)
        if not visit.needs_proof:
            raise StepRefused(_("The identity of this patient is already confirmed."))
        has_phone, has_address = _has_phone(visit.patient), visit.patient.has_confirmed_address
        if to_phone and not (has_phone and gateway.is_there()):
            raise StepRefused(_("This patient has no confirmed phone, or no texts can be sent from here."))
        if not has_address and (visit.patient.email or not has_phone) and not to_phone:
            raise StepRefused(_("This patient has no confirmed address to which a code could be sent."))
        sent = IdentityCode.objects.filter(visit=visit).first() or IdentityCode(visit=visit)
        if sent.sent_at and now - sent.sent_at < CODE_PAUSE:
            raise TooMany(_("A code has just been sent. Wait a minute before you send another one."))
        sent.nonce, sent.sent_at, sent.wrong = secrets.token_hex(16), now, 0
        sent.to_phone = to_phone or not has_address
        sent.save()
        data = {"doctor": visit.doctor.name, "visit_id": visit.pk, BY_PHONE: sent.to_phone}
        notify(notice(to=visit.patient, kind=Kind.IDENTITY_CODE, data=data, lasts=CODE_LASTS))


def _has_phone(patient: User) -> bool:
    """Whether a code can go to a phone. A desk may change a number, so one that nobody has confirmed proves nothing."""
    contact = contact_of(patient)
    return contact.phone is not None and contact.is_confirmed


@secret_of(Kind.IDENTITY_CODE)
def _code_in_mail(told: Notice) -> dict[str, str]:
    sent = IdentityCode.objects.filter(visit=told.data["visit_id"]).first()
    return {"code": _code(sent) if sent else ""}


def _code(sent: IdentityCode) -> str:
    digest = salted_hmac("shs.appointment.identity", f"{sent.visit_id}:{sent.nonce}", algorithm="sha256").hexdigest()
    return f"{int(digest, 16) % 1_000_000:06d}"


def _require_code(visit: Appointment, code: str, now: datetime) -> str:
    """How the code was sent (a How), if it is the right one."""
    with transaction.atomic():
        sent = IdentityCode.objects.select_for_update().filter(visit=visit).first()
        is_open = sent is not None and now - sent.sent_at < CODE_LASTS
        if sent and is_open and sent.wrong >= MOST_WRONG:
            raise TooMany(_("Too many wrong codes. Send a new one."))
        typed = latin_digits(code[:40]).replace(" ", "")
        is_right = bool(sent and is_open and constant_time_compare(_code(sent), typed))
        if sent and is_right:
            sent.delete()
        elif sent:
            sent.wrong += 1
            sent.save()
    if sent is None or not is_right:
        raise Invalid(_("This code is wrong or too old."), field="code")
    return str(How.PHONE if sent.to_phone else How.CODE)


def require_card(*, patient: User, code: str, now: datetime) -> None:
    """Whether `code` is that of the patient's card. Tries are counted for the patient, whoever makes them and for
    whichever visit; call it outside of a transaction that the refusal would roll back. Raises Invalid (422), TooMany
    (429)."""
    counting.count("card", account=patient.pk, now=now)
    if not cards.is_code_of(patient, code):
        raise Invalid(_("This is not the code of this patient's card, or the card was renewed."), field="card")


def not_me_url(visit: Appointment) -> str:
    """The link by which the patient of a visit objects to it."""
    return page_url("visit_not_me", token=signing.dumps(visit.pk, salt=NOT_ME))


@secret_of(Kind.ACCESS_OPENED)
def _not_me_link(told: Notice) -> dict[str, str]:
    visit = Appointment.objects.filter(pk=told.data["visit_id"]).first()
    return {"url": not_me_url(visit)} if visit else {}


def visit_of(token: str) -> Appointment:
    """The visit that a link is about. Raises NotFound (404) for one that is wrong."""
    try:
        pk = signing.loads(token, salt=NOT_ME)
    except (signing.BadSignature, ValueError):
        raise NotFound from None
    visit = Appointment.objects.select_related("doctor", "patient").filter(pk=pk).first()
    if visit is None:
        raise NotFound
    return visit


def object_to(*, visit: Appointment, by: User | None, now: datetime) -> None:
    """The patient says that a visit which others booked or took in is not theirs: it opens nothing from now on, and an
    auditor looks into it. A second objection changes nothing. Raises StepRefused (409) for a visit that they booked,
    unless it was missed and is said to have taken place."""
    with transaction.atomic():
        lock(visit)
        if visit.identity == Identity.OBJECTED:
            return
        if visit.source == Appointment.Source.APP and not visit.identity_checks.exists():
            raise StepRefused(_("This visit was booked with your own account. Cancel it, and change your password."))
        visit.identify(Identity.OBJECTED)
        check = IdentityCheck(visit=visit, how=How.OBJECTED, by=by, at=now, status=Review.WAITING)
        save_with_reason(check, "the patient objected")
