"""The one-time keys of the office's forms: their names, the pages that need none, and what an answer says of itself.

`answered.py` keeps the answers.
"""

from django.http import JsonResponse

OFFICE = "/admin/"
KEYED = (OFFICE, "/rx/")
"""Where each form of somebody who logs in at the office has a key: also the page of a prescription's QR code, on which
people of pharmacies record what they dispense."""
FIELD = "once"
"""The name of the hidden field with the key."""

WITHOUT_KEY = {
    "login": "nobody is logged in yet, and a wrong password is tried again in the same form",
    "logout": "to leave twice is to leave once",
    "second_factor_code": "part of the login; a code works once by itself",
    "visit_draft": "saved every few seconds; it says on which saving it builds, and the same text is saved once",
    "desk_people": "only reads; it is posted so that no name stands in an address",
    "prescription_prescription_directions": "only reads; it is posted so that no clinical text stands in an address",
}
"""Names of the pages that take a POST without a key, each with the reason."""

DID = "shs.did"
"""The key in `request.META` under which a page that is no redirect says that its work was done, with the address to
which the same POST leads when it comes again: `request.META[DID] = url`."""


class Go(JsonResponse):
    """The answer to a dialog whose work is done: its script opens the address `go`."""

    def __init__(self, go: str) -> None:
        super().__init__({"go": go})
        self.go = go
