"""A small demo network, made at a time at which some visits are over and some are not."""

from datetime import UTC, datetime
from tempfile import TemporaryDirectory
from typing import Any

from django.apps import apps
from django.test import override_settings

from shs.core.seeding.rows import Size
from shs.demo.seed import seed
from shs.testing import StandingClock
from shs.tests.prepared import prepared

NOON = datetime(2026, 3, 11, 6, 0, tzinfo=UTC)  # a Wednesday in Dhaka, 12:00
SMALL = Size(doctors=11, patients=24, days=20)


def fill(size: Size = SMALL, *, seed_number: int = 1, now: datetime = NOON) -> tuple[dict[str, int], list[str]]:
    """Run the seed; returns the number of new rows of each kind, and the output."""
    said: list[str] = []
    return seed(size, seed=seed_number, now=now, say=said.append), said


def rows_of_everything() -> dict[str, dict[Any, dict[str, Any]]]:
    """All rows of all tables of the project, including history, by primary key."""
    models = [model for model in apps.get_models() if model.__module__.startswith("shs.")]
    return {
        model._meta.label: {row["pk"]: row for row in model._base_manager.values("pk", *_columns(model))}
        for model in models
    }


def _columns(model: Any) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


class Network(StandingClock):
    """Mixin for TestCases: makes the small network once for the class, with its own folder for documents. The clock
    stands still at that time, because licences would expire and visits pass."""

    @classmethod
    def moment(cls) -> datetime:
        return NOON

    @classmethod
    def setUpClass(cls):
        cls.enterClassContext(override_settings(MEDIA_ROOT=cls.enterClassContext(TemporaryDirectory())))
        super().setUpClass()

    @classmethod
    def setUpTestData(cls):
        cls.make_network()

    @classmethod
    @prepared
    def make_network(cls):
        cls.made, cls.said = fill()
