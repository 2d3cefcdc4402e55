"""Writes the database of a release; see the package's docstring."""

import gzip
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory


def main(release: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shs.settings")
    with TemporaryDirectory() as folder:
        # Documents of the demo are deleted with the folder; pages of a kept database show none.
        os.environ["MEDIA_ROOT"] = folder
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        from shs.tests import releases

        name = connection.settings_dict["NAME"]
        if connection.vendor == "sqlite":
            name = str(Path(folder) / "release.sqlite3")
        with releases.scratch_database(name):
            call_command("migrate", verbosity=0)
            call_command("seed_bd_data", **releases.SMALL)
            releases.path_of(release).write_bytes(gzip.compress(releases.dump().encode(), mtime=0))
    sys.stdout.write(f"{releases.path_of(release)}\n")


main(sys.argv[1])
