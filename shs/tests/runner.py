"""The test runner: Django's, with test databases that start clean, the options `--at` and `--costs`, and the same
language and warnings for each test."""

import gc
import os
import sys
import unittest
import warnings
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.template import Context
from django.template.base import Template
from django.test import Client, SimpleTestCase
from django.test.runner import DiscoverRunner, partition_suite_by_case
from django.utils import translation

from shs.tests import clock
from shs.tests.clock import ParallelSuite
from shs.tests.costs import MeasuredParallelSuite, MeasuredResult, MeasuredSuite
from shs.tests.keyed import with_key

NAIVE = ".* received a naive datetime"
SLOW_BROWSER = "SLOW_BROWSER"
"""The variable by which `--slow-browser N` reaches the processes of a parallel run."""
FIRST = {"worker", "faults", "browser", "long"}
"""The tags of classes that begin first: the longest, so that no processor is idle while the last one ends."""


def in_the_same_state(run: Callable[..., Any]) -> Callable[..., Any]:
    """Start each test in the default language: Django keeps the language of the last request, so that one test would
    decide in which language the next one is answered. A naive datetime that reaches the database is an error: it would
    be taken for a time in whatever zone is active."""

    @wraps(run)
    def begun(test: SimpleTestCase, result: Any = None) -> Any:
        translation.deactivate()
        warnings.filterwarnings("error", NAIVE, RuntimeWarning)  # unittest sets its own filters before the first test
        return run(test, result)

    return begun


def is_short(suite: unittest.TestSuite) -> bool:
    """Whether no test of the class has one of the tags FIRST."""
    return not any(FIRST & getattr(test, "tags", set()) for test in suite)


def prepare_generated_tests() -> None:
    """Let Hypothesis read the table of characters and the constants of all modules, from which it draws. Processes that
    are forked later have both then, and need not do it again."""
    from hypothesis import given, settings, strategies

    @settings(max_examples=100, derandomize=True, database=None)
    @given(strategies.text(), strategies.integers())
    def draw(_text: str, _number: int) -> None:
        pass

    draw()


def noting_whole_pages(render: Callable[[Template, Context], str]) -> Callable[[Template, Context], str]:
    """Django's test client keeps a copy of the context of each template, and of each that it includes, which takes an
    eighth of the time of a page. Tests read the context of the page, so only that is kept."""

    def render_one(template: Template, context: Context) -> str:
        is_page = context.template is template
        return render(template, context) if is_page else str(template.nodelist.render(context))

    return render_one


class Runner(DiscoverRunner):
    """Also removes what an interrupted run left: an old SQLite journal beside a new copy of the database would corrupt
    it."""

    parallel_test_suite = ParallelSuite

    def __init__(
        self, *args: Any, costs: int | None = None, at: datetime | None = None, slow_browser: float = 0, **kwargs: Any
    ):
        super().__init__(*args, **kwargs)
        if "packaging" not in self.tags:
            self.exclude_tags.add("packaging")  # they install packages from the network
        self.interactive = False  # what an interrupted run has left is replaced without asking
        self.at = at
        if slow_browser:
            os.environ[SLOW_BROWSER] = str(slow_browser)
        self.costs = costs
        if costs is not None:
            self.test_suite, self.parallel_test_suite = MeasuredSuite, MeasuredParallelSuite

    @classmethod
    def add_arguments(cls, parser):
        super().add_arguments(parser)
        # What `--parallel` means: one more than the number of processors, because tests wait for browsers and servers.
        os.environ.setdefault("DJANGO_TEST_PROCESSES", str((os.cpu_count() or 1) + 1))
        parser.add_argument("--at", type=clock.moment, metavar="MOMENT", help="Begin at this moment: 2028-02-29T00:01.")
        parser.add_argument(
            "--slow-browser", type=float, default=0, metavar="N", help="A slow line, and N times less processor."
        )
        parser.add_argument(
            "--costs", type=int, metavar="N", help="Show the N test classes that took most processor time (0: all)."
        )

    def setup_test_environment(self, **kwargs):
        super().setup_test_environment(**kwargs)
        settings.DATA_DIR.mkdir(exist_ok=True)
        # The processes that tests start are many: they keep what they compile, and copies of the project take it along.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        SimpleTestCase.run = in_the_same_state(SimpleTestCase.run)
        Template._render = noting_whole_pages(Template._render)
        Client.post = with_key(Client.post)  # type: ignore[method-assign]
        clock.keep_machine_zone()
        if self.at:
            clock.begin(self.at)
            self.log(f"The clock of this run: {self.at:%A, %d %B %Y, %H:%M} in {settings.TIME_ZONE}.")

    @property
    def unfinished(self) -> Path:
        """A file that is there while the tests run, and stays if they are killed: their database is not clean then."""
        name = Path(str(connection.settings_dict["TEST"]["NAME"] or connection.settings_dict["NAME"])).stem
        return settings.DATA_DIR / f"tests-unfinished-{name}"

    def teardown_databases(self, old_config, **kwargs):
        super().teardown_databases(old_config, **kwargs)
        self.unfinished.unlink(missing_ok=True)

    def setup_databases(self, **kwargs):
        self.unfinished.parent.mkdir(exist_ok=True)
        self.keepdb = self.keepdb and not self.unfinished.exists()
        self.unfinished.touch()
        if connection.vendor == "sqlite":
            name = Path(connection.settings_dict["TEST"]["NAME"])
            for left in name.parent.glob(f"{name.stem}*{name.suffix}-*"):
                left.unlink()
            # With --keepdb Django would also keep the copies for the worker processes, but migrate only the original.
            for copy in name.parent.glob(f"{name.stem}_*{name.suffix}"):
                copy.unlink()
        databases = super().setup_databases(**kwargs)
        if self.parallel > 1 and "hypothesis" in sys.modules:
            prepare_generated_tests()
        # The objects that exist now live until the end of the run, and each page leaves many more. Letting the garbage
        # collector look through all of them for each of thousands of pages takes longer than it frees.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000)
        return databases

    def build_suite(self, *args: Any, **kwargs: Any):
        suite = super().build_suite(*args, **kwargs)
        if isinstance(suite, ParallelSuite):
            suite.subsuites.sort(key=is_short)
        if self.costs is not None and isinstance(suite, MeasuredSuite):
            return unittest.TestSuite(partition_suite_by_case(suite))
        return suite

    def get_resultclass(self):
        return MeasuredResult if self.costs is not None else super().get_resultclass()

    def suite_result(self, suite, result, **kwargs):
        if self.costs is not None:
            self.log("\n".join(result.lines(self.costs)))
        return super().suite_result(suite, result, **kwargs)
