"""Encryption of a stream in pieces: AES-256-GCM, with a key of its own for each file.

A file is `MAGIC`, 16 random bytes of salt, and pieces of 1 MiB, each with a tag of 16 bytes. The number of a piece and
whether it is the last one are part of its nonce: a piece that is changed, moved or missing is found when it is read.
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
    """The key is not the one with which the file was encrypted, or the file was changed or cut off."""


def _cipher(key: str, salt: bytes) -> AESGCM:
    # The key is a long random text, not a password that somebody chose: the settings ask for its length.
    return AESGCM(HKDF(algorithm=SHA256(), length=32, salt=salt, info=MAGIC).derive(key.encode()))


def _nonce(number: int, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


class Encrypting(io.RawIOBase):
    """A file to write to; what is written reaches `target` encrypted with `key`. Not whole until it is closed, which
    leaves `target` open."""

    def __init__(self, target: IO[bytes], key: str):
        salt = os.urandom(SALT)
        self.target, self.cipher, self.number, self.waiting = target, _cipher(key, salt), 0, bytearray()
        target.write(MAGIC + salt)

    def writable(self) -> bool:
        return True

    def write(self, content: bytes | bytearray | memoryview) -> int:
        """Encrypt what fills whole pieces; at least one byte is kept for the last piece."""
        self.waiting += content
        while len(self.waiting) > PIECE:
            self._put(bytes(self.waiting[:PIECE]), is_last=False)
            del self.waiting[:PIECE]
        return len(content)

    def close(self) -> None:
        """Write the last piece."""
        try:
            if not self.closed:
                self._put(bytes(self.waiting), is_last=True)
        finally:
            super().close()

    def _put(self, piece: bytes, *, is_last: bool) -> None:
        self.target.write(self.cipher.encrypt(_nonce(self.number, is_last), piece, None))
        self.number += 1


class Decrypting(io.RawIOBase):
    """A file to read from: what `Encrypting` wrote to `source`, of which `MAGIC` was read already. Reading raises
    Undecipherable."""

    def __init__(self, source: IO[bytes], key: str):
        self.source, self.number = source, 0
        self.cipher = _cipher(key, source.read(SALT))
        self.ahead, self.plain = source.read(PIECE + TAG), b""
        if not self.ahead:
            raise Undecipherable  # also an empty file has a last piece

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:
        """Fill `buffer` with the next bytes; 0 at the end."""
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
