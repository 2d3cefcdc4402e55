"""The API of logging in by phone: a code, the people on the phone, and a second fact of the one who logs in."""

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Status

from shs.core.api.authentication import anyone, signed_in
from shs.users import claiming, phone_codes
from shs.users.phone_schemas import (
    CodeRequest,
    CodeSentOut,
    CodeTyped,
    PhoneLogin,
    ProofOut,
    code_sent_out,
    on_phone_out,
)
from shs.users.requests import UserRequest
from shs.users.schemas import LoginOut, login_out

router = Router(tags=["Authentication"])


@router.post("/request", auth=anyone.limited("code"), response={202: CodeSentOut})
def ask(request: HttpRequest, data: CodeRequest) -> Status[CodeSentOut]:
    """Have a code of six digits sent to a phone by SMS. The answer is the same for every phone."""
    return Status(202, code_sent_out(phone_codes.ask(phone=data.phone, now=timezone.now())))


@router.post("/verify", auth=anyone.limited("login"), response=ProofOut)
def verify(request: HttpRequest, data: CodeTyped) -> ProofOut:
    """Exchange a code for the proof of the phone, and the people on it. One of them logs in by `POST /auth/otp/login`;
    who is not among them registers by `POST /auth/register` with the `proof`."""
    proof, people = claiming.verify(request, challenge=data.challenge, code=data.code, now=timezone.now())
    return {"proof": proof, "people": [on_phone_out(found) for found in people]}


@router.post("/login", auth=anyone.limited("login"), response=LoginOut)
def log_in(request: HttpRequest, data: PhoneLogin) -> LoginOut:
    """Log in as one of the people on a proven phone; returns a pair of tokens. The first time a person's account opens
    what a clinic has entered for them. Keep `device` and send it as `X-Device-Token`: with it a person is not asked for
    the second fact again for 180 days."""
    user, pair = claiming.log_in(
        request, proof=data.proof, person=data.person, fact=data.fact(), code=data.code, now=timezone.now()
    )
    return login_out(request, user, pair)


@router.post("/confirm", auth=signed_in.limited("login"), response={204: None})
def confirm(request: UserRequest, data: CodeTyped) -> Status[None]:
    """Confirm a phone of the caller's profile by a code: a patient with an e-mail address also logs in by it then."""
    claiming.confirm_own(user=request.user, challenge=data.challenge, code=data.code, now=timezone.now())
    return Status(204, None)
