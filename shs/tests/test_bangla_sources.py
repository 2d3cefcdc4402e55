"""Bangla in the sources: every text is in the catalogue, and none is translated before a request."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.test import SimpleTestCase, tag
from django.utils.translation import gettext, ngettext, override

from shs.core.catalogue import CALLS, DOMAINS, catalogue_path, compiled, stored, wanted, words_in
from shs.tests.parsed import nodes, tree
from shs.tests.spoken import words_outside
from shs.tests.test_bangla import PLACEHOLDER, entries, forms


@tag("any_database")
class Catalogue(SimpleTestCase):
    def test_every_visible_text_is_in_it(self):
        for domain in DOMAINS:
            known = {(entry.msgctxt or "", entry.msgid): bool(entry.msgid_plural) for entry in stored(domain)}
            missing = [
                f"{sorted(places)[0]}: {words.one}"
                for words, places in wanted(domain).items()
                if known.get((words.context, words.one)) is not bool(words.many)
            ]
            self.assertEqual(missing, [], "Run `manage.py translate`, and translate these into Bangla.")

    def test_every_entry_is_translated_and_none_is_fuzzy(self):
        for name, entry in entries():
            with self.subTest(name):
                self.assertTrue(all(forms(entry)), "Translate it into Bangla, then run `manage.py translate`.")
                self.assertFalse(entry.fuzzy or entry.obsolete)

    def test_placeholders_are_the_same_in_both_languages(self):
        for name, entry in entries():
            for one, said in zip([entry.msgid_plural or entry.msgid] * 2, forms(entry), strict=False):
                with self.subTest(name):
                    self.assertEqual(sorted(PLACEHOLDER.findall(said)), sorted(PLACEHOLDER.findall(one)))
                    self.assertEqual(re.findall(r"</?\w+", said), re.findall(r"</?\w+", one))

    def test_plurals_have_both_forms(self):
        for name, entry in entries():
            with self.subTest(name):
                self.assertEqual(sorted(entry.msgstr_plural), [0, 1] if entry.msgid_plural else [])

    def test_the_mo_file_is_up_to_date(self):
        for domain in DOMAINS:
            self.assertTrue(
                catalogue_path(domain, "mo").read_bytes() == compiled(domain), "Run `manage.py translate`: .mo is old."
            )

    def test_letters_are_bangla_or_latin_and_digits_are_latin(self):
        allowed = re.compile(r"[\u0980-\u09e5\u09f0-\u09ff\u0964\u0965\u200c\u200d\x00-\x7f“”‘’…–—·×½℞⌘→←•]*")
        for name, entry in entries():
            for said in forms(entry):
                with self.subTest(name):
                    self.assertTrue(allowed.fullmatch(said))

    def test_gettext_answers_in_bangla(self):
        with override("bn"):
            self.assertEqual(gettext("patient"), "রোগী")
            self.assertEqual(ngettext("%(n)s report", "%(n)s reports", 3) % {"n": 3}, "3টি অভিযোগ")


class Extraction(SimpleTestCase):
    def found(self, suffix: str, source: str) -> set[tuple[str, ...]]:
        place = Path(settings.DATA_DIR) / f"words-{id(self)}{suffix}"
        place.write_text(source, encoding="utf-8")
        self.addCleanup(place.unlink)
        return {tuple(words) for words in words_in(place)}

    def test_calls_in_python_with_a_context_and_with_a_number(self):
        source = (
            'a = _("one" " two")\nb = ngettext("%d day", "%d days", n)\nc = pgettext_lazy("month", "May")\nd = _(a)'
        )
        self.assertEqual(
            self.found(".py", source), {("one two", "", ""), ("%d day", "%d days", ""), ("May", "", "month")}
        )

    def test_tags_and_filters_of_a_template(self):
        source = (
            "{% load i18n %}{% translate 'It\\'s' %}{{ a|default:_(\"none (yet)\") }}"
            "{% blocktranslate count n=n %}{{ n }} row{% plural %}{{ n }} rows{% endblocktranslate %}"
            "{% comment %}{% translate 'gone' %}{% endcomment %}"
        )
        found = self.found(".html", source)
        self.assertIn(("none (yet)", "", ""), found)
        self.assertIn(("%(n)s row", "%(n)s rows", ""), found)
        self.assertNotIn(("gone", "", ""), found)

    def test_calls_in_a_script(self):
        source = "x = gettext('It\\'s'); y = ngettext(\"%s hour\", \"%s hours\", n); z = pgettext('day', 'Fri')"
        found = {("It's", "", ""), ("%s hour", "%s hours", ""), ("Fri", "", "day")}
        self.assertEqual(self.found(".js", source), found)


@tag("any_database")
class Sources(SimpleTestCase):
    def test_texts_at_module_level_are_lazy(self):
        """`gettext` at module level is translated once, into English: `gettext_lazy` is needed."""
        early = []
        for path in sorted((settings.BASE_DIR / "shs").rglob("*.py")):
            if not {"tests", "migrations"} & set(path.parts):
                early += [f"{path.relative_to(settings.BASE_DIR)}:{line}" for line in self.early(path)]
        self.assertEqual(early, [])

    def early(self, path: Path) -> Iterator[int]:
        names = {
            alias.asname or alias.name
            for node in nodes(path)
            if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
            for alias in node.names
            if alias.name in {"gettext", "ngettext", "pgettext"}
        }
        waiting: list[ast.AST] = [tree(path)]
        while waiting:
            node = waiting.pop()
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                yield node.lineno
            if isinstance(node, ast.Lambda):
                continue
            if isinstance(node, ast.FunctionDef):
                waiting += [*node.decorator_list, *node.args.defaults]
            else:
                waiting += ast.iter_child_nodes(node)

    def test_translated_texts_are_literals(self):
        """`_(f"…{name}")` and `_("…%s" % name)` are in no catalogue: write `_("…%(name)s") % {…}`."""
        made = [
            f"{path.relative_to(settings.BASE_DIR)}:{node.lineno}"
            for path in sorted((settings.BASE_DIR / "shs").rglob("*.py"))
            for node in nodes(path)
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in CALLS
            if any(isinstance(arg, ast.JoinedStr | ast.BinOp) for arg in node.args)
        ]
        self.assertEqual(made, [])

    def test_templates_have_no_untranslated_text(self):
        bare = []
        for path in sorted((settings.BASE_DIR / "templates").rglob("*.html")):
            for words in words_outside(path.read_text(encoding="utf-8")):
                bare.append(f"{path.relative_to(settings.BASE_DIR)}: {words}")
        self.assertEqual(bare, [])
