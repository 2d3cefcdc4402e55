"""Deletes the files of a seeding that did not finish: the database rolls back its rows, but not the files. Before a
file is stored, its name is added to a list beside the uploads. A seeding that fails deletes the files of its list; the
files of a killed seeding are deleted by the next one."""

import fcntl
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from django.apps import apps
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models.fields.files import FieldFile

from shs.core.records.files import CheckedFile

ENDING = ".seeding"

_names: ContextVar[IO[str]] = ContextVar("names of the files of the running seeding")


@contextmanager
def all_or_nothing() -> Iterator[None]:
    """Context manager: a transaction that, if it fails, also deletes the files stored in it by `store_file`."""
    clear_up()
    folder = Path(settings.MEDIA_ROOT)
    folder.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", dir=folder, suffix=ENDING, delete=False) as names:
        fcntl.flock(names, fcntl.LOCK_EX)  # tells other processes that this one is still running
        token = _names.set(names)
        try:
            with transaction.atomic():
                yield
        finally:
            _names.reset(token)
            _clear_up(Path(names.name))


def store_file(file: FieldFile, content: CheckedFile) -> None:
    """Store `content` as `file`, the field of an unsaved row. Only inside `all_or_nothing`."""
    row, field = file.instance, file.field
    names = _names.get()
    names.write(f"{row._meta.label}\t{field.name}\t{field.generate_filename(row, str(content.name))}\n")
    names.flush()
    file.save(str(content.name), content, save=False)


def clear_up() -> None:
    """Delete the files of killed seedings."""
    for path in Path(settings.MEDIA_ROOT).glob(f"*{ENDING}"):
        with path.open() as names:
            try:
                fcntl.flock(names, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue  # its process is still running
            _clear_up(path)


def _clear_up(path: Path) -> None:
    """Delete the files of a list that no row refers to, and the list."""
    listed: dict[tuple[str, str], set[str]] = defaultdict(set)
    for line in path.read_text(encoding="utf-8").splitlines():
        label, field, name = line.split("\t")
        listed[label, field].add(name)
    for (label, field), names in listed.items():
        rows = apps.get_model(label)._base_manager.filter(**{f"{field}__in": names})
        for name in names - set(rows.values_list(field, flat=True)):
            default_storage.delete(name)
    path.unlink(missing_ok=True)
