"""Rules of the project's layout: which module may import which, and where a role may be named. See shs/README.md."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.test import SimpleTestCase, tag

from shs.tests.parsed import nodes, tree

PROJECT = settings.BASE_DIR / "shs"
ENTRY = {"admin", "api", "tasks", "management"}
CLOSED_TO = {
    "services": ENTRY | {"schemas", "resources"},
    "models": ENTRY | {"schemas", "resources", "services"},
    "permissions": ENTRY | {"schemas", "resources", "services"},
    "schemas": ENTRY - {"api"} | {"services"},
    "client": ENTRY | {"schemas", "resources", "services"},
}
"""Layer → the layers that it does not import, of its own app or another. core.api holds the base of all schemas."""


def files() -> Iterator[Path]:
    """Every Python file of the project except tests and migrations."""
    for path in sorted(PROJECT.rglob("*.py")):
        if not {"tests", "migrations"} & set(path.relative_to(PROJECT).parts):
            yield path


@cache
def imports(path: Path) -> list[tuple[int, str]]:
    """Each import of a project module as line number and dotted name, also inside functions."""
    everything = []
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found = [f"{node.module}.{alias.name}" for alias in node.names] if not node.level else ["shs.relative"]
        else:
            continue
        everything += [(node.lineno, name) for name in found if name.split(".")[0] == "shs"]
    return everything


def module_of(path: Path) -> str:
    """The dotted name of a file's module."""
    return ".".join(path.relative_to(settings.BASE_DIR).with_suffix("").parts).removesuffix(".__init__")


def app_of(path: Path) -> str:
    """The app that a file belongs to; empty for the files directly in `shs/`."""
    parts = path.relative_to(PROJECT).parts
    return parts[0] if len(parts) > 1 else ""


def layer_of(path: Path) -> str:
    return path.relative_to(PROJECT).parts[1].removesuffix(".py")


def module_in(known: dict[str, Path], name: str) -> str:
    """The module that defines an imported name."""
    return name if name in known else name.rpartition(".")[0]


@tag("any_database")
class Imports(SimpleTestCase):
    def test_an_app_imports_core_and_the_apps_before_it(self):
        order = settings.SHS_APPS
        broken = []
        for path in files():
            if not (app := app_of(path)):
                continue
            for line, name in imports(path):
                wanted = name.split(".")[1]
                if wanted not in order or order.index(wanted) > order.index(app):
                    broken.append(f"{path.relative_to(settings.BASE_DIR)}:{line} imports {name}")
        self.assertEqual(broken, [])

    def test_no_module_imports_itself_through_others(self):
        """Neither at module level nor inside a function: a deferred import only hides the cycle."""
        paths = {module_of(path): path for path in files()}
        graph = {name: {module_in(paths, wanted) for _line, wanted in imports(path)} for name, path in paths.items()}
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            self.fail(" <- ".join(error.args[1]))

    def test_every_package_is_in_the_order(self):
        folders = {path.parent.name for path in PROJECT.glob("*/__init__.py")} - {"tests"}
        self.assertEqual(folders, set(settings.SHS_APPS))

    def test_foreign_keys_point_to_the_same_or_an_earlier_app(self):
        order = [*(f"shs.{app}" for app in settings.SHS_APPS)]
        broken = []
        for model in apps.get_models():
            own = apps.get_app_config(model._meta.app_label).name
            for field in model._meta.get_fields():
                if own not in order or not field.is_relation or field.auto_created or field.related_model is None:
                    continue
                other = apps.get_app_config(field.related_model._meta.app_label).name
                points_at_user = field.related_model._meta.label == settings.AUTH_USER_MODEL
                if other in order and order.index(other) > order.index(own) and not points_at_user:
                    broken.append(str(field))
        self.assertEqual(broken, [])

    def test_inside_an_app_entry_modules_call_services_and_services_call_models(self):
        broken = []
        for path in files():
            closed = CLOSED_TO.get(layer_of(path), set()) if app_of(path) else set()
            for line, name in imports(path):
                layer = [*name.split("."), "", ""][2]
                if layer in closed and ".models." not in name:  # a package of shs.core may have models of its own
                    broken.append(f"{path.relative_to(settings.BASE_DIR)}:{line} imports {name}")
        self.assertEqual(broken, [])


class Sizes(SimpleTestCase):
    """Longer files and functions have more than one purpose."""

    MOST_LINES, MOST_LINES_OF_A_FUNCTION = 400, 50

    def test_no_file_and_no_function_is_too_long(self):
        broken = []
        for path in sorted(PROJECT.rglob("*.py")):
            if "migrations" in path.parts:
                continue
            text, name = path.read_text(encoding="utf-8"), path.relative_to(settings.BASE_DIR)
            if (count := len(text.splitlines())) > self.MOST_LINES:
                broken.append(f"{name} has {count} lines: split it by subject")
            for node in nodes(path):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    length = (node.end_lineno or 0) - node.lineno + 1
                    if length > self.MOST_LINES_OF_A_FUNCTION:
                        broken.append(f"{name}:{node.lineno}: {node.name} has {length} lines")
        self.assertEqual(broken, [])


class Rights(SimpleTestCase):
    def test_a_right_is_asked_of_a_row_or_by_holds(self):
        """Without a row `has_perm` means: on every row. Whether on some: holds(user, "app.action_model")."""
        broken = [
            f"{path.relative_to(settings.BASE_DIR)}:{node.lineno}: write holds() of shs.core.grants.table"
            for path in files()
            for node in nodes(path)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            if node.func.attr == "has_perm" and len(node.args) == 1
        ]
        self.assertEqual(broken, [])


class Roles(SimpleTestCase):
    NAMED_IN = ("users/models/role.py", "users/models/user.py", "users/models/people.py", "testing.py")

    def test_only_grant_tables_name_a_role_or_a_duty(self):
        broken = []
        for path in files():
            place = path.relative_to(PROJECT).as_posix()
            if place in self.NAMED_IN or path.name == "permissions.py" or "demo" in path.parts:
                continue
            broken += [f"shs/{place}:{line}" for line in self.lines_that_name_a_role(path)]
        self.assertEqual(broken, [])

    def lines_that_name_a_role(self, path: Path) -> Iterator[int]:
        """Finds `Role.ADMIN`, `Duty.DESK` and comparisons of `.role` with a string; `Role.choices` is allowed."""
        for node in nodes(path):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr.isupper():
                found = node.value.id in {"Role", "Duty"}
            else:
                found = isinstance(node, ast.Compare) and getattr(node.left, "attr", "") == "role"
            if found:
                yield node.lineno


class Types(SimpleTestCase):
    """`Any` switches type checks off for all callers. Write Label for texts, a TypedDict for rows of `.values()`,
    `object` for arguments that are passed on, a Protocol for callers."""

    A_THOUSAND_LINES = 5

    def counts(self) -> dict[str, tuple[int, int]]:
        """Package → the number of uses of `Any` in its code, and its number of lines."""
        found: dict[str, tuple[int, int]] = {}
        for path in files():
            lines = path.read_text(encoding="utf-8").splitlines()
            anys = sum(len(re.findall(r"\bAny\b", line)) for line in lines)
            number, length = found.get(app_of(path), (0, 0))
            found[app_of(path)] = (number + anys, length + len(lines))
        return found

    def test_no_package_uses_any_more_often(self):
        for package, (number, lines) in self.counts().items():
            with self.subTest(package or "shs"):
                allowed = lines * self.A_THOUSAND_LINES // 1000
                self.assertLessEqual(number, allowed, f"`Any` stands {number} times in {package or 'shs'}")


class TestCases(SimpleTestCase):
    def test_tests_that_commit_use_committed_test_case(self):
        """Other tests that commit would leave the next test without the rows of the migrations, or with each of them
        twice."""
        broken = []
        for path in sorted(PROJECT.rglob("tests/*.py")):
            for node in nodes(path):
                if isinstance(node, ast.ImportFrom) and "TransactionTestCase" in {alias.name for alias in node.names}:
                    broken.append(str(path.relative_to(settings.BASE_DIR)))
        self.assertEqual(broken, [])

    def test_people_of_several_classes_are_made_once(self):
        """Otherwise each class would make the users and rows anew, which takes longer than most tests."""
        broken = []
        for path in [*sorted(PROJECT.rglob("tests/*.py")), PROJECT / "testing.py"]:
            classes = [node for node in nodes(path) if isinstance(node, ast.ClassDef)]
            bases = {ast.unparse(base) for node in classes for base in node.bases}
            for node in classes:
                if node.name in bases or not path.name.startswith("test_"):
                    made = [part for part in node.body if getattr(part, "name", "") == "make_people"]
                    broken += [
                        f"{path.relative_to(settings.BASE_DIR)}:{part.lineno}: write @prepared"
                        for part in made
                        if isinstance(part, ast.FunctionDef) and "prepared" not in map(ast.unparse, part.decorator_list)
                    ]
        self.assertEqual(broken, [])


@tag("any_database")
class Clocks(SimpleTestCase):
    """No test depends on when the run began or how long it takes."""

    READ = {"now", "localdate", "localtime", "today", "time", "time_ns", "utcnow"}
    OF = {"timezone", "datetime", "date", "time"}
    FROM_DATABASE = {"Now", "CurrentTimestamp", "CURRENT_TIMESTAMP"}

    def test_no_test_reads_the_clock_at_import(self):
        """Such a value is compared later with a clock that has moved on."""
        broken = []
        for path in [*sorted(PROJECT.rglob("tests/*.py")), PROJECT / "testing.py"]:
            for line in self.readings_at_import(tree(path)):
                broken.append(f"{path.relative_to(settings.BASE_DIR)}:{line}: read the clock in the test")
        self.assertEqual(broken, [])

    def test_clock_readings_at_import_are_found(self):
        for text in (
            "NOW = timezone.now().replace(microsecond=0)",
            "class A:\n    day = timezone.localdate()",
            "def f(now=timezone.now()): ...",
            "if True:\n    T = datetime.now(tz=UTC)",
            "@travel(date.today())\ndef f(): ...",
            "CASES = [(1, time.time())]",
        ):
            with self.subTest(text):
                self.assertNotEqual(list(self.readings_at_import(ast.parse(text))), [])
        for text in ("def f():\n    return timezone.now()", "at = time(10)", "f = lambda: timezone.now()"):
            with self.subTest(text):
                self.assertEqual(list(self.readings_at_import(ast.parse(text))), [])

    def readings_at_import(self, node: ast.AST) -> Iterator[int]:
        """The lines that read the clock at import: module level, class bodies, decorators and defaults."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                for part in [*child.decorator_list, *child.args.defaults, *filter(None, child.args.kw_defaults)]:
                    yield from self.readings_at_import(ast.Expr(part))
            elif not isinstance(child, ast.Lambda):
                if isinstance(child, ast.Call) and self.reads_clock(child.func):
                    yield child.lineno
                yield from self.readings_at_import(child)

    def reads_clock(self, called: ast.expr) -> bool:
        is_attribute = isinstance(called, ast.Attribute) and called.attr in self.READ
        return is_attribute and getattr(called.value, "id", getattr(called.value, "attr", "")) in self.OF

    def test_no_query_asks_the_database_for_the_time(self):
        """The database's clock is not the one of the code, and a test cannot move it."""
        broken = []
        for path in sorted(PROJECT.rglob("*.py")):
            if path == Path(__file__):
                continue
            for node in nodes(path):
                names = {alias.name for alias in node.names} if isinstance(node, ast.ImportFrom) else set()
                words = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
                if names & self.FROM_DATABASE or "CURRENT_TIMESTAMP" in words:
                    broken.append(f"{path.relative_to(settings.BASE_DIR)}:{node.lineno}: pass `now`")
        self.assertEqual(broken, [])

    def test_tests_listen_on_free_ports(self):
        broken = []
        for path in sorted(PROJECT.rglob("tests/*.py")):
            for node in nodes(path):
                listens = {"bind", "create_server", "HTTPServer", "ThreadingHTTPServer", "ThreadingTCPServer"}
                if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in listens:
                    addresses = [part.elts[-1] for part in ast.walk(node) if isinstance(part, ast.Tuple) and part.elts]
                    numbers = [port.value for port in addresses if isinstance(port, ast.Constant)]
                    broken += [f"{path.relative_to(settings.BASE_DIR)}:{node.lineno}: bind 0"] if any(numbers) else []
        self.assertEqual(broken, [])


class Stylesheets(SimpleTestCase):
    def test_every_block_is_closed(self):
        """A missing brace disables the rest of a stylesheet, and no browser reports it."""
        for path in PROJECT.rglob("static/**/*.css"):
            depth = 0
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
                if line.startswith(("/*", ".", "#", "@", ":")):
                    self.assertEqual(depth, 0, f"{path.name}:{number} stands in a block that was not closed")
                depth += line.count("{") - line.count("}")
            self.assertEqual(depth, 0, path.name)
