"""Collects translatable texts from the sources and keeps the Bangla catalogue up to date, without gettext's tools,
which are not installed everywhere. unfold, import-export and simple-history have no Bangla, and Django's is incomplete
and uses other terms, so our catalogue contains their texts too."""

import ast
import re
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import polib
from django.conf import settings
from django.utils.translation.template import templatize

LANGUAGE = "bn"
DOMAINS = {"django": (".py", ".html", ".txt"), "djangojs": (".js",)}
"""gettext domain → the files that it is collected from."""

OURS = ("shs", "templates")
PACKAGES = {
    "unfold": ("",),
    "import_export": ("",),
    "simple_history": ("",),
    "guardian": ("models",),
    "django": (
        "contrib/admin",
        "contrib/auth",
        "contrib/contenttypes",
        "contrib/postgres/forms",
        "contrib/postgres/validators.py",
        "core/validators.py",
        "db/models",
        "forms",
        "utils",
        "views",
    ),
}
"""Package → its parts whose texts may appear on a page."""

SKIPPED = {"tests", "migrations", "management", "vendor", "debug.py", "static.py", "default_urlconf.html"}
CALLS = {
    f"{prefix}gettext{suffix}": ("c" if "p" in prefix else "") + ("12" if "n" in prefix else "1")
    for prefix in ("", "n", "p", "np")
    for suffix in ("", "_lazy", "_noop")
} | {"_": "1"}
"""Function → the meaning of its first arguments: context, text, plural text."""

JAVASCRIPT_CALL = re.compile(r"""\b(n?p?gettext)\(\s*((?:(?:'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")\s*,?\s*)+)""")
JAVASCRIPT_WORDS = re.compile(r"""'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)\"""")


METADATA = {
    "Project-Id-Version": "Smart Health Synchronizer",
    "Language": LANGUAGE,
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=2; plural=(n != 1);",
}


class Words(NamedTuple):
    """One entry of the catalogue: text, context (or empty) and plural (or empty)."""

    one: str
    many: str = ""
    context: str = ""


def catalogue_path(domain: str, suffix: str) -> Path:
    """The path of the Bangla catalogue of `domain`: `po` is edited by people, `mo` is read by the process."""
    return Path(settings.LOCALE_PATHS[0]) / LANGUAGE / "LC_MESSAGES" / f"{domain}.{suffix}"


def wanted(domain: str) -> dict[Words, set[str]]:
    """All texts that the catalogue must contain → the files in which they occur."""
    found: dict[Words, set[str]] = {}
    for part in OURS:
        _collect(settings.BASE_DIR / part, settings.BASE_DIR, domain, found)
    for package, parts in PACKAGES.items():
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            continue
        home = Path(spec.origin).parent
        for part in parts:
            _collect(home / part, home.parent, domain, found)
    # gettext has one entry for a text with and without plural: the entry with plural serves both.
    counted = {(words.one, words.context) for words in found if words.many}
    return {words: places for words, places in found.items() if words.many or (words.one, words.context) not in counted}


def _collect(place: Path, base: Path, domain: str, found: dict[Words, set[str]]) -> None:
    for path in [place] if place.is_file() else sorted(place.rglob("*")):
        name = path.relative_to(base)
        if path.suffix not in DOMAINS[domain] or SKIPPED & set(name.parts) or path.name.endswith(".min.js"):
            continue
        if path.suffix in (".html", ".txt") and "templates" not in name.parts:
            continue
        for words in words_in(path):
            found.setdefault(words, set()).add(name.as_posix())


def words_in(path: Path) -> Iterator[Words]:
    """The texts that a Python file, a template or a script marks for translation."""
    source = path.read_text(encoding="utf-8")
    match path.suffix:
        case ".py":
            yield from _in_python(source)
        case ".js":
            yield from _in_javascript(source)
        case _:
            yield from _in_template(templatize(source, origin=str(path)))


def _in_python(source: str) -> Iterator[Words]:
    nodes = list(ast.walk(ast.parse(source)))
    calls = CALLS | _renamed(nodes)
    for node in nodes:
        if isinstance(node, ast.ClassDef) and node.name == "Meta":
            yield from _rights(node)
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name not in calls:
            continue
        kinds = calls[name]
        given = [arg.value for arg in node.args[: len(kinds)] if isinstance(arg, ast.Constant)]
        values = [value for value in given if isinstance(value, str) and value]
        if len(values) == len(kinds):
            yield _words(kinds, values)


def _renamed(nodes: Sequence[ast.AST]) -> dict[str, str]:
    """The local names under which a file imports gettext's functions."""
    return {
        alias.asname: CALLS[alias.name]
        for node in nodes
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname and alias.name in CALLS
    }


def _rights(meta: ast.ClassDef) -> Iterator[Words]:
    """The names in `Meta.permissions`: stored in English in the database and translated on pages."""
    for node in meta.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "permissions":
            yield from (Words(name) for _codename, name in ast.literal_eval(node.value))


def _in_template(calls: str) -> Iterator[Words]:
    """Django's `templatize` turns a template into gettext calls between runs of X; each call is read up to its closing
    bracket."""
    for start in re.finditer(r"(?<!\w)(?:n?p?gettext|_)\(", calls):
        end = start.end()
        while (end := calls.find(")", end) + 1) > 0:
            try:
                ast.parse(call := calls[start.start() : end])
            except SyntaxError:
                continue
            yield from _in_python(call)
            break


def _in_javascript(source: str) -> Iterator[Words]:
    for call in JAVASCRIPT_CALL.finditer(source):
        kinds = CALLS[call[1]]
        values = [(one or two) for one, two in JAVASCRIPT_WORDS.findall(call[2])]
        values = [re.sub(r"\\(.)", r"\1", value.replace(r"\n", "\n")) for value in values]
        if len(values) >= len(kinds):
            yield _words(kinds, values)


def _words(kinds: str, values: list[str]) -> Words:
    said = dict(zip(kinds, values, strict=False))
    return Words(said["1"], said.get("2", ""), said.get("c", ""))


# --- The .po file that people edit, and the .mo file that the process reads ---


def stored(domain: str) -> polib.POFile:
    """The committed catalogue, or an empty one."""
    path = catalogue_path(domain, "po")
    return polib.pofile(str(path), wrapwidth=110) if path.exists() else polib.POFile(wrapwidth=110)


def update(domain: str) -> tuple[int, int]:
    """Update both files from the sources and keep existing translations; returns the number of texts and of
    untranslated ones."""
    old = {_key(entry): entry for entry in stored(domain)}
    new = polib.POFile(wrapwidth=110)
    new.metadata = METADATA
    for words, places in sorted(wanted(domain).items(), key=lambda item: (min(item[1]), item[0])):
        entry = old.get((words.context, words.one)) or polib.POEntry()
        fresh = polib.POEntry(
            msgctxt=words.context or None,
            msgid=words.one,
            msgid_plural=words.many,
            occurrences=[(place, "") for place in sorted(places)[:3]],
            comment="",
            tcomment=entry.tcomment,
        )
        if words.many:
            fresh.msgstr_plural = {form: entry.msgstr_plural.get(form, "") for form in (0, 1)}
        else:
            fresh.msgstr = entry.msgstr
        if re.search(r"%\(\w+\)[sd]", words.one + words.many):
            fresh.flags.append("python-format")
        new.append(fresh)
    catalogue_path(domain, "po").parent.mkdir(parents=True, exist_ok=True)
    new.save(str(catalogue_path(domain, "po")))
    catalogue_path(domain, "mo").write_bytes(compiled(domain))
    return len(new), len(new.untranslated_entries())


def compiled(domain: str) -> bytes:
    """The catalogue in gettext's binary format; the same texts give the same bytes."""
    return bytes(stored(domain).to_binary())


def _key(entry: polib.POEntry) -> tuple[str, str]:
    return entry.msgctxt or "", entry.msgid
