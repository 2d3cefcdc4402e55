"""Input and output of the verification's routes."""

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
    """A decision on an application. `reason` is sent to the doctor; if it is empty, the usual text of `code` is.
    `checks` are results to store first; earlier results count too."""

    decision: Literal["approve", "reject"]
    reason: Annotated[str, Text(1000)] = ""
    code: CodeOfReason | Literal[""] = ""
    checks: dict[Check, CheckResult] = {}


class DocumentOut(TypedDict):
    """An uploaded document; `size` in bytes."""

    id: int
    kind: str
    original_name: str
    content_type: str
    size: int
    expires_on: date | None
    created_at: datetime
