"""Measures how a medicine is found among very many brands, beside reading all names of brands once, in one process and
in turn, so that other load affects both. Results are ratios, because machines differ."""

from collections.abc import Callable, Iterator
from itertools import product
from statistics import median
from typing import NamedTuple

from django.db import connection

from shs.demo.benchmark.copies import finish
from shs.demo.benchmark.finding import MADE, used
from shs.demo.benchmark.report import budget
from shs.prescription.finding import find_medicines
from shs.prescription.models import Brand, Medication
from shs.prescription.services.substances import Catalogue
from shs.prescription.services.suggest import medicines

BATCH = 5_000
SYLLABLES = [first + second for first, second in product("bcdfglmnprstvz", "aeio")]
MAKERS = 40


class BrandCost(NamedTuple):
    """The results of one search: median milliseconds of processor time of it, and of reading all names."""

    name: str
    ours: float
    all_names: float
    rows: int

    @property
    def ratio(self) -> float:
        return self.ours / self.all_names

    @property
    def most(self) -> float:
        return budget()["brands"][self.name]

    def line(self) -> str:
        """A line of the printed table."""
        return f"{self.name:34}{self.ours:9.1f}{self.all_names:9.1f}{self.ratio:8.2f}{self.most:9.1f}{self.rows:6}"

    def over_budget(self) -> list[str]:
        """A sentence if it takes more than the budget allows."""
        if self.ratio <= self.most:
            return []
        return [f"{self.name}: {self.ratio:.2f} times reading all names, at most {self.most}"]


TITLE = f"{'milliseconds of CPU time':34}{'ours':>9}{'all':>9}{'ratio':>8}{'at most':>9}{'rows':>6}"


def add_brands(number: int) -> None:
    """Add made-up brands until there are `number`, spread evenly over the medicines."""
    medicines_there = list(Medication.objects.in_use().order_by("pk"))
    there = Brand.objects.count()
    for start in range(there, number, BATCH):
        Brand.objects.without_history(MADE).bulk_create(
            Brand(
                name=name_of(at),
                medication=(of := medicines_there[at * 7919 % len(medicines_there)]),
                form=of.form,
                strength=of.strength,
                maker=f"Maker {at % MAKERS}",
            )
            for at in range(start, min(start + BATCH, number))
        )
    finish()


def name_of(at: int) -> str:
    """A different name of four syllables for each number; many begin alike."""
    parts = []
    for _syllable in range(4):
        at, part = divmod(at, len(SYLLABLES))
        parts.append(SYLLABLES[part])
    return "".join(parts).capitalize()


def measure_brands(*, rounds: int) -> Iterator[BrandCost]:
    """Search `rounds` times in each way, and read all names as often, in turn."""
    name = Brand.objects.order_by("-pk").values_list("name", flat=True)[0]
    for what, search in _searches(name).items():
        rows = search()  # the first one fills caches
        ours, every = zip(*((_took(search), _took(_all_names)) for _round in range(rounds)), strict=True)
        yield BrandCost(what, 1000 * median(ours), 1000 * median(every), rows)


def _searches(name: str) -> dict[str, Callable[[], int]]:
    """What people type, and what the checks look for."""
    return {
        "suggestions, three letters": lambda: len(medicines(name[:3])),
        "search, three letters": lambda: len(find_medicines(name[:3])),
        "search, nothing found": lambda: len(find_medicines("xyq")),
        "check, a brand that was typed": lambda: len(Catalogue().substance(f"Tab. {name} 500").generics),
        "check, a misspelt brand": lambda: len(Catalogue().substance(f"{name[:-1]}x").generics),
    }


def _all_names() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM prescription_brand")
        return len(cursor.fetchall())


def _took(work: Callable[[], int]) -> float:
    start = used()
    work()
    return used() - start
