"""The code on a patient's printed card."""

import secrets

from django.db import models

from shs.core.digits import latin_digits
from shs.core.records.crud import NoPages
from shs.core.records.privacy import Administrative

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Without those that look like another one when they are printed."""

LENGTH = 8


def new_card_code() -> str:
    """Eight random letters and digits: 8·10^11 codes, of which an account takes five wrong ones a day."""
    return "".join(secrets.choice(LETTERS) for _each in range(LENGTH))


def clean_card_code(text: str) -> str:
    """A typed code as it is compared: without spaces and dashes, with capitals and Latin digits."""
    return "".join(letter for letter in latin_digits(text).upper() if letter not in " -–")


class PatientCard(models.Model):
    """The `code` that is printed on the card of `person`: with it they open their account in the app, beside a code to
    their phone. It stays the same until the desk replaces it, so that every card and slip that was printed works. It is
    stored as it is, because it is printed again, and opens nothing by itself."""

    privacy = Administrative(because="what a card says beside the number; showing it is written to the read log")
    crud = NoPages("on the printed card of the person, whose page replaces it")
    no_history = "who replaced it stands in the history of the person"

    person = models.OneToOneField("users.User", models.CASCADE, related_name="card")
    code = models.CharField(max_length=LENGTH, default=new_card_code)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.person_id)

    @property
    def shown(self) -> str:
        """The code as it is printed: `K7QX-2M9P`."""
        return f"{self.code[:4]}-{self.code[4:]}"
