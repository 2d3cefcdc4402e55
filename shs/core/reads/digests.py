"""The digests in seals, and the file outside of the database to which the last one is written."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, TypeAlias

from django.conf import settings

from shs.core.reads.models import AuditSeal, ReadLogQuerySet

COLUMNS = (
    "id",
    "at",
    "reader_id",
    "role",
    "subject_id",
    "what",
    "ids",
    "basis",
    "times",
    "note",
    "path",
    "address",
    "request",
)
SealedLine: TypeAlias = tuple[int, str]
"""The id of a line with its digest; stored in the database as a list of two."""


class UnknownKey(LookupError):
    """AUDIT_KEYS has no key with this id."""


class Sealing(NamedTuple):
    """The content of a seal. `key` is the id of its key in AUDIT_KEYS, or empty."""

    key: str
    sealed_at: datetime
    from_id: int
    to_id: int
    previous: str
    lines: Sequence[SealedLine]

    @classmethod
    def of(cls, row: AuditSeal) -> "Sealing":
        """The content of a stored seal."""
        return cls(row.key, row.sealed_at, row.from_id, row.to_id, row.previous, row.lines)

    def digest(self) -> str:
        """The digest, 64 hex digits: HMAC-SHA-256 of all parts with the key. Seals from before there was a key have the
        SHA-256 of their lines. Raises UnknownKey."""
        if not self.key:
            return hashlib.sha256(_json([self.previous, self.lines])).hexdigest()
        if self.key not in settings.AUDIT_KEYS:
            raise UnknownKey(self.key)
        at = self.sealed_at.astimezone(UTC).isoformat(timespec="microseconds")
        said = _json([self.key, at, self.from_id, self.to_id, self.previous, self.lines])
        return hmac.new(settings.AUDIT_KEYS[self.key].encode(), said, hashlib.sha256).hexdigest()


def present_key() -> str:
    """The id of the key for new seals: the first of AUDIT_KEYS; empty if there is none."""
    return next(iter(settings.AUDIT_KEYS), "")


def digests(rows: ReadLogQuerySet) -> list[SealedLine]:
    """The id of each line, with the digest of all its columns."""
    return [(row["id"], _digest_of(row)) for row in rows.values(*COLUMNS)]


def _digest_of(row: Mapping[str, object]) -> str:
    at = row["at"]
    text = at.astimezone(UTC).isoformat(timespec="microseconds") if isinstance(at, datetime) else at
    said = {**row, "at": text}
    if said["times"] == 1:
        del said["times"]  # as in the seals from before refusals were counted
    return hashlib.sha256(_json(said, sort_keys=True)).hexdigest()[:32]


def _json(value: object, *, sort_keys: bool = False) -> bytes:
    return json.dumps(value, sort_keys=sort_keys, ensure_ascii=True, separators=(",", ":")).encode()


def noted_digest() -> str:
    """The last digest in AUDIT_DIGEST_FILE; empty if there is no such file or setting. Raises OSError."""
    if not settings.AUDIT_DIGEST_FILE or not Path(settings.AUDIT_DIGEST_FILE).exists():
        return ""
    lines = [line.split() for line in Path(settings.AUDIT_DIGEST_FILE).read_text().splitlines()]
    return next((words[2] for words in reversed(lines) if len(words) == 3 and len(words[2]) == 64), "")


def note_digest(row: AuditSeal) -> None:
    """Append the digest of a seal to AUDIT_DIGEST_FILE: its time, its last line and the digest. Raises OSError."""
    if settings.AUDIT_DIGEST_FILE and noted_digest() != row.digest:
        at = row.sealed_at.astimezone(UTC).isoformat(timespec="seconds")
        with Path(settings.AUDIT_DIGEST_FILE).open("a") as file:
            file.write(f"{at} {row.to_id} {row.digest}\n")
