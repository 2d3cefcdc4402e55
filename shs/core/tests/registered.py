"""Replaces the registered jobs and queues during a test."""

from datetime import timedelta
from unittest import mock

from shs.core.due import registry
from shs.core.due.registry import Job, due, jobs

MINUTE = timedelta(minutes=1)


class Registered:
    """Mixin for tests: only jobs and queues that the test registers exist; they are removed after it."""

    def setUp(self):
        jobs()  # the apps must be registered before their registries are replaced
        for name, kept in (("_jobs", {}), ("_queues", {})):
            patch = mock.patch.object(registry, name, kept)
            patch.start()
            self.addCleanup(patch.stop)
        self.calls: list[str] = []

    def job(self, name: str = "count", every: timedelta = MINUTE, work=None, out_of=None) -> Job:
        def count(*, now, dry_run=False):
            if not dry_run:
                self.calls.append(name)
            return 3

        due(name, every=every, label=name.title(), out_of=out_of)(work or count)
        return registry._jobs[name]

    def failing(self, error: Exception) -> Job:
        def fail(*, now, dry_run=False):
            raise error

        return self.job("fail", work=fail)
