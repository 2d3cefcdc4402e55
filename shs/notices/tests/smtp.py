"""A real SMTP server on this machine, which stores mails, and can be told to refuse or to hang up."""

import email
import socketserver
import sys
import threading
from email.message import Message
from email.policy import default
from typing import Any


class MailServer(socketserver.ThreadingTCPServer):
    """Context manager: listens on `port`; `mails` are those answered with 250, in order.

    `answers` maps a command to its reply in place of success: `{"RCPT": "550 no such mailbox"}`; "" hangs up.
    """

    allow_reuse_address = daemon_threads = True

    def __init__(self, port: int = 0, pause_seconds: float = 0):
        super().__init__(("127.0.0.1", port), Conversation)
        self.port: int = self.server_address[1]
        self.answers: dict[str, str] = {}
        self.mails: list[Message] = []
        self.pause = threading.Event()
        self.pause_seconds = pause_seconds

    def __enter__(self) -> Any:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *error: Any) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that were killed and so hang up; print other errors."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Conversation(socketserver.StreamRequestHandler):
    """One connection (RFC 5321)."""

    server: MailServer

    def handle(self) -> None:
        self._say("220 ready")
        while line := self.rfile.readline():
            word = line.decode().split()[0].upper() if line.strip() else ""
            if not self._answered(word):
                return

    def _answered(self, word: str) -> bool:
        """Reply to a command; False if the connection ends."""
        told = self.server.answers.get(word)
        if told == "":
            return False
        if told is not None:
            self._say(told)
        elif word == "DATA":
            self._say("354 go on")
            return self._take()
        else:
            self._say("221 bye" if word == "QUIT" else "250 ok")
        return word != "QUIT"

    def _take(self) -> bool:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False  # the sender has disconnected before the end of the mail
            lines.append(line[1:] if line.startswith(b"..") else line)
        self.server.mails.append(email.message_from_bytes(b"".join(lines), policy=default))
        self.server.pause.wait(self.server.pause_seconds)
        told = self.server.answers.get("END", "250 kept")
        if told:
            self._say(told)
        return bool(told)

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())
