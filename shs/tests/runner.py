"""How the tests are run: Django's runner, on test databases that no earlier run has left anything of."""

import gc
from pathlib import Path

from django.db import connection
from django.test.runner import DiscoverRunner


class Runner(DiscoverRunner):
    """A run that was broken off leaves SQLite's journals; beside a new copy of the database they would corrupt it."""

    def setup_databases(self, **kwargs):
        if connection.vendor == "sqlite":
            name = Path(connection.settings_dict["TEST"]["NAME"])
            for left in name.parent.glob(f"{name.stem}*{name.suffix}-*"):
                left.unlink()
        databases = super().setup_databases(**kwargs)
        # What is loaded by now stays until the end, and a page leaves a lot behind: looking through both for each of
        # thousands of pages takes longer than it frees.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000)
        return databases
