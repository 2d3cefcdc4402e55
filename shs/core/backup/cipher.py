"""Encrypts a stream in chunks with AES-256-GCM; each file has its own key, derived from BACKUP_KEY.

A file consists of `MAGIC`, 16 random bytes of salt, and chunks of 1 MiB, each followed by a tag of 16 bytes. The nonce
of a chunk contains its number and whether it is the last one, so that changed, moved and missing chunks are detected.
"""

import io
import os
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC = b"SHS encrypted backup 1\n"
PIECE, TAG, SALT = 1024 * 1024, 16, 16


class Undecipherable(Exception):
    """The key is wrong, or the file was changed or truncated."""


def _cipher(key: str, salt: bytes) -> AESGCM:
    # The settings require a long random key, so it needs no slow password hash.
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=salt, info=MAGIC).derive(key.encode()))


def _nonce(number: int, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


class Encrypting(io.RawIOBase):
    """A writable file that writes to `target`, encrypted with `key`. The output is complete after `close()`, which
    leaves `target` open."""

    def __init__(self, target: IO[bytes], key: str):
        salt = os.urandom(SALT)
        self.target, self.cipher, self.number, self.waiting = target, _cipher(key, salt), 0, bytearray()
        target.write(MAGIC + salt)

    def writable(self) -> bool:
        return True

    def write(self, content: bytes | bytearray | memoryview) -> int:
        """Encrypt complete chunks; at least one byte is kept for the last chunk."""
        self.waiting += content
        while len(self.waiting) > PIECE:
            self._put(bytes(self.waiting[:PIECE]), is_last=False)
            del self.waiting[:PIECE]
        return len(content)

    def close(self) -> None:
        """Write the last chunk."""
        try:
            if not self.closed:
                self._put(bytes(self.waiting), is_last=True)
        finally:
            super().close()

    def _put(self, piece: bytes, *, is_last: bool) -> None:
        self.target.write(self.cipher.encrypt(_nonce(self.number, is_last), piece, None))
        self.number += 1


class Decrypting(io.RawIOBase):
    """A readable file that decrypts what `Encrypting` wrote to `source`, from which `MAGIC` has been read already.
    Reading raises Undecipherable."""

    def __init__(self, source: IO[bytes], key: str):
        self.source, self.number = source, 0
        self.cipher = _cipher(key, source.read(SALT))
        self.ahead, self.plain = source.read(PIECE + TAG), b""
        if not self.ahead:
            raise Undecipherable  # even an empty file has a last chunk

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:
        """Fill `buffer` with the next bytes; returns their number, 0 at the end."""
        while not self.plain and self.ahead:
            piece, self.ahead = self.ahead, self.source.read(PIECE + TAG)
            try:
                self.plain = self.cipher.decrypt(_nonce(self.number, not self.ahead), piece, None)
            except InvalidTag:
                raise Undecipherable from None
            self.number += 1
        count = min(len(buffer), len(self.plain))
        buffer[:count], self.plain = self.plain[:count], self.plain[count:]
        return count
