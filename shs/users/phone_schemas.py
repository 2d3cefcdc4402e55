"""Input and output of the routes of logging in by phone."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator
from typing_extensions import TypedDict

from shs.core.phones import clean_phone
from shs.core.types import In, PastDay, Text, by_rule
from shs.users.claiming import Fact, OnPhone
from shs.users.phone_codes import Asked

Proof = Annotated[str, Text(200, least=1)]
OneTimeCode = Annotated[str, Text(20, least=1)]


def _read(value: str) -> str:
    by_rule(clean_phone)(value)
    return clean_phone(value)


class CodeRequest(In):
    """A phone in any spelling, to which a code is sent."""

    phone: Annotated[str, Text(100, least=1), AfterValidator(_read)]


class CodeTyped(In):
    """The code that was sent for a `challenge`."""

    challenge: UUID
    code: OneTimeCode


class PhoneLogin(In):
    """Who of the people on the phone logs in, with what `asks` of that person names, or with the code on the printed
    card. `code` is needed for an account with a second factor: from the authenticator app, or a backup code."""

    proof: Proof
    person: Annotated[str, Text(40, least=1)]
    date_of_birth: PastDay | None = None
    patient_number: Annotated[str, Text(40)] = ""
    card_code: Annotated[str, Text(40)] = ""
    code: Annotated[str, Text(30)] = ""

    def fact(self) -> Fact:
        """The second fact."""
        return Fact(self.date_of_birth, self.patient_number, self.card_code)


class CodeSentOut(TypedDict):
    """A code was asked for; whether anybody has the phone is not told. It works for `expires_in` seconds."""

    challenge: str
    expires_in: int


class OnPhoneOut(TypedDict):
    """A person on the phone. `person` names them for this proof. `asks`: what they have to send beside it; empty:
    nothing, and `guardian`: they are under 18, and do not log in by phone. `name` is empty where something is asked."""

    person: str
    initials: str
    ages: str
    name: str
    asks: Literal["", "date_of_birth", "patient_number", "guardian"]


class ProofOut(TypedDict):
    """The proof of a phone, for ten minutes and one login or registration, and the people on it."""

    proof: str
    people: list[OnPhoneOut]


def code_sent_out(asked: Asked) -> CodeSentOut:
    return {"challenge": asked.challenge, "expires_in": asked.expires_in}


def on_phone_out(found: OnPhone) -> OnPhoneOut:
    return {
        "person": found.key,
        "initials": found.initials,
        "ages": found.ages,
        "name": found.name,
        "asks": found.asks.value,
    }
