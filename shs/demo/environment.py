"""The part of `manage.py quickstart` that runs before Django is loaded, which needs a key to start: check the port, and
write `.env`. This module must not import Django."""

import argparse
import errno
import os
import secrets
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import dotenv

HERE = Path(__file__).resolve().parent.parent.parent

TEXT = """\
# Written by `manage.py quickstart` for this machine alone. All settings are listed in .env.example.
DEBUG=on
SECRET_KEY={key}
"""


def prepare(arguments: Sequence[str], folder: Path = HERE) -> None:
    """Check that quickstart can start with these arguments, write `folder`/.env if needed, and print what was done.

    Raises SystemExit with a message if it cannot. Afterwards SIGTERM and SIGHUP end the process like Ctrl-C, with
    unfinished work rolled back.
    """
    if {"-h", "--help"} & set(arguments):
        os.environ.setdefault("DEBUG", "on")  # Django's help needs valid settings
        return
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    parser = argparse.ArgumentParser(prog="manage.py quickstart", add_help=False)
    add_port(parser)
    require_free(parser.parse_known_args(arguments)[0].port)
    try:
        is_written = write_local_env(folder)
    except OSError as error:
        sys.exit(
            f"Cannot write {folder / '.env'}: {error.strerror}. quickstart keeps its settings, database and files in "
            "this folder: copy it to where you can write."
        )
    if is_written:
        print(f"Wrote {folder / '.env'}: DEBUG=on and a new SECRET_KEY, for this machine alone.", flush=True)
    print("Loading the project …", flush=True)


# --- The port --------------------------------------------------------------------------------------------------------


def add_port(parser: argparse.ArgumentParser) -> None:
    """Add the option `--port`."""
    parser.add_argument("--port", type=port_number, default=8000, help="on 127.0.0.1 (default 8000)")


def port_number(text: str) -> int:
    """Parse the port number of the command line."""
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= 65_535):
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 to 65535, not {text}")
    return int(text)


def require_free(port: int) -> None:
    """Raises SystemExit with a message that suggests another port if this one cannot be used."""
    if reason := _refusal(port):
        other = next((free for free in range(max(port, 8000) + 1, 65_536) if not _refusal(free)), 0)
        sys.exit(f"Port {port} {reason}. Choose another one, for example: manage.py quickstart --port {other}")


def _refusal(port: int) -> str:
    """Why `port` of this machine cannot be used; empty if it can."""
    with socket.socket() as probe:
        # The server uses this option too: connections of a server that has just ended do not block the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            in_use = error.errno == errno.EADDRINUSE
            return "is in use by another program" if in_use else f"cannot be used ({error.strerror})"
    return ""


# --- The file --------------------------------------------------------------------------------------------------------


def write_local_env(folder: Path = HERE) -> bool:
    """Write DEBUG=on and a new key into `.env` in `folder`, readable only by its owner; returns whether it was written.

    Existing lines are kept, such as those of a copy of .env.example. If the file or the environment has a value for
    either, nothing is written, because then somebody has configured this machine.
    """
    file = folder / ".env"
    if any(os.environ.get(name) or _values(file).get(name) for name in ("SECRET_KEY", "DEBUG")):
        return False
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with open(handle, "a", encoding="utf-8") as lines:
        os.fchmod(handle, 0o600)
        lines.write(("\n" if os.fstat(handle).st_size else "") + TEXT.format(key=secrets.token_urlsafe(48)))
    return True


def _values(file: Path) -> dict[str, str | None]:
    """The settings in `.env`; empty if it does not exist or is not text, which the settings report later."""
    try:
        return dotenv.dotenv_values(file, interpolate=False, encoding="utf-8-sig")
    except UnicodeDecodeError:
        return {"DEBUG": "unreadable"}
