"""The format of a backup file: a tar archive, compressed by gzip, and encrypted if there is a key.

Its members are `about.json` (what the backup contains), `database/00000`, `database/00001` … (parts of the dump),
`media/…` (one for each upload), and at the end `digests.json` with the SHA-256 of every other member.
"""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import IO, NamedTuple, Self, TypedDict

from shs.core.backup.cipher import MAGIC, Decrypting, Encrypting, Undecipherable

ABOUT, DIGESTS, DATABASE, MEDIA = "about.json", "digests.json", "database", "media"
PIECE = 16 * 1024 * 1024
"""Bytes of the dump in one member: what has no known size is written in such pieces."""


class About(TypedDict):
    """The contents of `about.json`: version of the program, time of the backup (ISO 8601), database vendor, applied
    migrations as `app.name`, and the number of rows of each table."""

    version: str
    taken_at: str
    vendor: str
    migrations: list[str]
    rows: dict[str, int]


class Damaged(Exception):
    """The file is incomplete or changed, or the key is wrong; the message says which."""


class Member(NamedTuple):
    """A member while an archive is read; `content` can be read until the next member is requested."""

    name: PurePosixPath
    content: IO[bytes]


class Hashed(io.RawIOBase):
    """A readable file that calculates the SHA-256 of what has been read."""

    def __init__(self, source: IO[bytes]):
        self.source, self.digest = source, hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:
        found = self.source.read(len(buffer))
        self.digest.update(found)
        buffer[: len(found)] = found
        return len(found)


class Writer:
    """Context manager: writes an archive to `target`, which stays open. The archive is complete when the block ends
    without an error."""

    def __init__(self, target: IO[bytes], key: str):
        self.cipher = Encrypting(target, key) if key else None
        # Level 1 is three times as fast as the default level, for a few percent of size.
        self.packed = gzip.GzipFile(filename="", fileobj=self.cipher or target, mode="wb", compresslevel=1, mtime=0)
        self.tar = tarfile.open(fileobj=self.packed, mode="w|")  # noqa: SIM115  closed by __exit__
        self.digests: dict[str, str] = {}

    def add(self, name: str, content: bytes) -> None:
        """Add a member with this content."""
        self.add_file(name, io.BytesIO(content), len(content))

    def add_file(self, name: str, source: IO[bytes], size: int) -> None:
        """Add a member with the next `size` bytes of `source`."""
        member, hashed = tarfile.TarInfo(name), Hashed(source)
        member.size, member.mode = size, 0o600
        self.tar.addfile(member, hashed)
        self.digests[name] = hashed.digest.hexdigest()

    def add_stream(self, folder: str, source: IO[bytes]) -> None:
        """Add the content of `source` up to its end as several members."""
        number = 0
        while piece := source.read(PIECE):
            self.add(f"{folder}/{number:05}", piece)
            number += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with ExitStack() as stack:
            # These are closed in reverse order, and all of them even if one fails.
            for part in (self.cipher, self.packed, self.tar):
                if part:
                    stack.callback(part.close)
            if error is None:
                self.add(DIGESTS, json.dumps(self.digests, sort_keys=True).encode())
            else:
                stack.enter_context(suppress(Exception))


def members(file: Path, key: str) -> Iterator[Member]:
    """All members in order. Raises Damaged. Changes and truncation are detected only if all members are read."""
    try:
        with (
            file.open("rb") as source,
            gzip.GzipFile(fileobj=_plain(source, key), mode="rb") as packed,
            tarfile.open(fileobj=packed, mode="r|") as tar,
        ):
            yield from _checked(tar)
            while packed.read(PIECE):
                pass  # read to the end, so that gzip checks its CRC
    except Undecipherable:
        raise Damaged("BACKUP_KEY is not the key with which it was encrypted, or the file was changed.") from None
    except (tarfile.TarError, EOFError, gzip.BadGzipFile, ValueError) as error:
        raise Damaged(f"The file is no whole backup ({type(error).__name__}).") from None


def about(file: Path, key: str) -> About:
    """The `about.json` of a backup. Raises Damaged."""
    for name, content in members(file, key):
        if str(name) == ABOUT:
            found: About = json.loads(content.read())
            return found
    raise Damaged("The file is no backup: it does not say what it holds.")


def check(file: Path, key: str, *, each: Callable[[Member], object] = lambda member: None) -> None:
    """Read a backup completely, and call `each` with every member. Raises Damaged."""
    for member in members(file, key):
        each(member)


def _plain(source: IO[bytes], key: str) -> IO[bytes]:
    if source.read(len(MAGIC)) != MAGIC:
        source.seek(0)
        return source
    if not key:
        raise Damaged("The backup is encrypted: set BACKUP_KEY to its key.")
    return io.BufferedReader(Decrypting(source, key))


def _checked(tar: tarfile.TarFile) -> Iterator[Member]:
    found: dict[str, str] = {}
    told: dict[str, str] | None = None
    for entry in tar:
        name = PurePosixPath(entry.name)
        content = tar.extractfile(entry)
        if content is None or name.is_absolute() or ".." in name.parts:
            raise Damaged(f"The backup has a member that no backup has: {entry.name!r}.")
        if entry.name == DIGESTS:
            told = json.loads(content.read())
            continue
        hashed = Hashed(content)
        yield Member(name, hashed)  # type: ignore[arg-type]  # a raw file is one to read from
        while hashed.read(PIECE):
            pass
        found[entry.name] = hashed.digest.hexdigest()
    if told is None:
        raise Damaged("The end of the backup is missing.")
    if told != found:
        wrong = sorted(name for name in told.keys() | found.keys() if told.get(name) != found.get(name))
        raise Damaged(f"The backup was changed: {wrong[0]}.")
