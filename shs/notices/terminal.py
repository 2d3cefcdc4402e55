"""Mail for a developer's machine: one line in the terminal in place of each mail."""

import re
import sys
import threading
from collections.abc import Sequence
from typing import TextIO

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

LINK = re.compile(r"https?://[^\s<>\"]+")


class EmailBackend(BaseEmailBackend):
    """Mail backend that writes one line for each mail (recipients, subject, and its link) to `stream`, by default
    stdout.

    A link may log its reader in, like the one for a new password, so links are written only if DEBUG is on.
    """

    lock = threading.Lock()

    def __init__(self, fail_silently: bool = False, stream: TextIO | None = None, **options: object) -> None:
        super().__init__(fail_silently=fail_silently)
        self.stream = stream

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write a line for each message; how many."""
        stream = self.stream or sys.stdout
        with self.lock:
            for message in email_messages:
                stream.write(line_of(message) + "\n")
            stream.flush()
        return len(email_messages)


def line_of(message: EmailMessage) -> str:
    """`Mail to ADDRESS: SUBJECT LINK`; without the link if there is none or DEBUG is off."""
    found = LINK.search(str(message.body)) if settings.DEBUG else None
    words = ["Mail to", ", ".join(message.recipients()) + ":", str(message.subject), found[0] if found else ""]
    return " ".join(" ".join(words).split())
