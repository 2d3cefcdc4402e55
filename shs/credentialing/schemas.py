"""What the routes of the verification take and give."""

from datetime import date, datetime
from typing import Annotated, Literal

from typing_extensions import TypedDict

from shs.core.types import In, Text

Check = Literal["register", "identity", "standing", "degree", "photo", "duplicates"]
CheckResult = Literal["pass", "fail", "not_applicable"]
CodeOfReason = Literal[
    "not_found", "expired", "name_mismatch", "illegible", "incomplete", "sanction", "duplicate", "other"
]


class Decision(In):
    """What was decided on an application; `reason` is sent to the doctor. `code` says why in a word, and stands for its
    usual text where `reason` is empty. `checks` are what was checked just now; those made before count too."""

    decision: Literal["approve", "reject"]
    reason: Annotated[str, Text(1000)] = ""
    code: CodeOfReason | Literal[""] = ""
    checks: dict[Check, CheckResult] = {}


class DocumentOut(TypedDict):
    """A document that was sent; `size` in bytes."""

    id: int
    kind: str
    original_name: str
    content_type: str
    size: int
    expires_on: date | None
    created_at: datetime
