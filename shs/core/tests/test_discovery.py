"""Modules that apps contribute are found, and system checks report modules that would be ignored."""

from types import ModuleType, SimpleNamespace
from unittest.mock import patch

from django.conf import settings
from django.test import SimpleTestCase
from ninja import Router

from shs.core import discovery
from shs.core.discovery import collect, every_app_brings_what_it_has


class Collecting(SimpleTestCase):
    def test_items_are_collected_in_the_order_of_the_apps(self):
        apps = [make.__module__.split(".")[1] for make in collect("samples")]
        self.assertEqual(apps, sorted(apps, key=settings.SHS_APPS.index))

    def test_the_apps_of_the_project_have_no_errors(self):
        self.assertEqual(every_app_brings_what_it_has(), [])


class Errors(SimpleTestCase):
    def problems(self, **changes) -> list[str]:
        """The errors of the check if a module of the blog has other contents: `api={"name": value}`, or
        `samples=None`."""
        modules = {f"shs.blog.{name}": parts for name, parts in changes.items()}

        def load(dotted):
            if dotted not in modules:
                return original(dotted)
            module = ModuleType(dotted)
            vars(module).update(modules[dotted])
            return module

        def find(dotted):
            if dotted not in modules:
                return found(dotted)
            return None if modules[dotted] is None else SimpleNamespace(name=dotted)

        original, found = discovery.import_module, discovery.find_spec
        with patch.object(discovery, "import_module", load), patch.object(discovery, "find_spec", find):
            return [error.msg for error in every_app_brings_what_it_has()]

    def test_a_router_that_is_not_in_the_list(self):
        listed, forgotten = Router(), Router()
        problems = self.problems(api={"routers": [("/blogs", listed)], "router": listed, "drafts": forgotten})
        self.assertEqual(problems, ["shs.blog.api.drafts is not reached: add it to `routers`, with its prefix."])

    def test_a_module_without_its_list(self):
        self.assertEqual(self.problems(menu={"entry": []}), ["shs.blog.menu has no list `entries`."])

    def test_models_without_a_sample_row(self):
        message = "shs.blog has models and no rows of them for tests: list functions that make some in its samples.py."
        self.assertEqual(self.problems(samples=None), [message])
