"""The application of `benchmark --served` with the clock of the test run."""

from shs.demo.benchmark.application import application  # first, because it loads the apps

from shs.tests import clock  # isort: skip

__all__ = ["application"]

clock.follow()
