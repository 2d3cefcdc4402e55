"""The `.env` of a machine that has none. Runs before Django, which does not start without a key: no Django in here."""

import os
import secrets
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent.parent

TEXT = """\
# Written by `manage.py quickstart` for this machine alone. What else can be set stands in .env.example.
DEBUG=on
SECRET_KEY={key}
"""


def write_local_env(folder: Path = HERE) -> bool:
    """Write `.env` with a fresh key and DEBUG on into `folder`, readable by its owner alone; whether it was written.

    A file that is there, and a SECRET_KEY of the environment, are left as they are.
    """
    if os.environ.get("SECRET_KEY"):
        return False
    try:
        handle = os.open(folder / ".env", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with open(handle, "w", encoding="utf-8") as file:
        file.write(TEXT.format(key=secrets.token_urlsafe(48)))
    return True
