"""Refuses to serve the demo, whose passwords are public, where it would be unsafe."""

from pathlib import Path
from tempfile import TemporaryFile

from django.conf import settings
from django.core.management import CommandError
from django.db import connection
from django.db.models import Min

from shs.users.models import User
from shs.users.seeding import made_users


def require_own_machine() -> None:
    """Raises CommandError unless DEBUG is on: other people may reach such a server."""
    if not settings.DEBUG:
        raise CommandError(
            "DEBUG is off, and quickstart shows passwords: it is for a machine of your own. Set DEBUG=on (in .env or "
            "in the environment), or serve as the README says under production."
        )


def require_own_database() -> None:
    """Raises CommandError if the database was used by people before the demo was added, or without the demo."""
    if User._meta.db_table in connection.introspection.table_names() and has_foreign_users():
        raise CommandError(
            "This database has accounts that the demo did not make, and quickstart would serve them beside accounts "
            "whose password it shows. Set DATABASE_URL to an empty database, or use `manage.py runserver`."
        )


def has_foreign_users() -> bool:
    """Whether there was an account before the first one of the seed. Users who register in the running demo come
    later."""
    others = User.objects.exclude(pk__in=made_users().values("pk"))
    first = made_users().aggregate(first=Min("pk"))["first"]
    return others.exists() if first is None else others.filter(pk__lt=first).exists()


def require_place_for_files() -> None:
    """Raises CommandError if the files of the demo cannot be stored."""
    try:
        Path(settings.MEDIA_ROOT).mkdir(parents=True, exist_ok=True)
        TemporaryFile(dir=settings.MEDIA_ROOT).close()
    except OSError as error:
        raise CommandError(
            f"Nothing can be stored in {settings.MEDIA_ROOT} ({error.strerror}): set MEDIA_ROOT to another folder."
        ) from None
