"""The small network of these tests, at a moment at which some visits are over and some are to come."""

from datetime import UTC, datetime
from tempfile import TemporaryDirectory
from typing import Any

from django.apps import apps
from django.test import override_settings

from shs.core.seeding.rows import Size
from shs.demo.seed import seed
from shs.testing import StandingClock

NOON = datetime(2026, 3, 11, 6, 0, tzinfo=UTC)  # a Wednesday in Dhaka, 12:00
SMALL = Size(doctors=11, patients=24, days=20)


def fill(size: Size = SMALL, *, seed_number: int = 1, now: datetime = NOON) -> tuple[dict[str, int], list[str]]:
    """Seed; how many rows of each kind were made, and what was said."""
    said: list[str] = []
    return seed(size, seed=seed_number, now=now, say=said.append), said


def rows_of_everything() -> dict[str, dict[Any, dict[str, Any]]]:
    """Every row of every table of ours and of its history, by primary key."""
    models = [model for model in apps.get_models() if model.__module__.startswith("shs.")]
    return {
        model._meta.label: {row["pk"]: row for row in model._base_manager.values("pk", *_columns(model))}
        for model in models
    }


def _columns(model: Any) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


class Network(StandingClock):
    """Mixed into a TestCase: keeps the documents apart, and makes the small network once for the class, whose clock
    stands at that moment: licences of the network run out, and its visits pass."""

    @classmethod
    def moment(cls) -> datetime:
        return NOON

    @classmethod
    def setUpClass(cls):
        cls.enterClassContext(override_settings(MEDIA_ROOT=cls.enterClassContext(TemporaryDirectory())))
        super().setUpClass()

    @classmethod
    def setUpTestData(cls):
        cls.made, cls.said = fill()
