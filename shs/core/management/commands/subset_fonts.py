"""`manage.py subset_fonts`: makes the fonts of the admin small, by leaving out what no page shows."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import unfold
from django.conf import settings
from django.core.management.base import BaseCommand

UNFOLD = Path(unfold.__file__).parent
SOURCE = UNFOLD / "static/unfold/fonts"
TARGET = settings.BASE_DIR / "shs/core/static/shs/fonts"
WEIGHTS = ("Regular", "Medium", "SemiBold", "Bold")

LATIN = [*range(0x20, 0x180), *range(0x2010, 0x2030), 0x2032, 0x2033, 0x2039, 0x203A, 0x20AC, 0x2122]
SIGNS = [*range(0x2190, 0x2194), 0x2212, 0x2248, 0x2260, 0x2264, 0x2265, 0x2318, 0xFFFD]
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789_ "

WORD = re.compile(r"""(?<=["'])[a-z0-9_]{2,}(?=["'])|(?<=[>}])\s*[a-z0-9_]{2,}\s*(?=[<{])""")
"""What may be the name of an icon: a quoted word, or the only word of an element."""


def sources() -> Iterator[Path]:
    """The files that may name an icon: templates, scripts and Python, ours and unfold's."""
    for folder in (settings.BASE_DIR / "templates", settings.BASE_DIR / "shs", UNFOLD / "templates", UNFOLD):
        for path in folder.rglob("*.*"):
            is_script = path.suffix == ".js" and (not path.is_relative_to(UNFOLD) or path.name == "app.js")
            if (path.suffix in (".py", ".html") or is_script) and not {"tests", ".venv"} & set(path.parts[-4:]):
                yield path


def named() -> set[str]:
    """Words in the sources that may be names of icons."""
    return {word.strip() for path in sources() for word in WORD.findall(path.read_text(encoding="utf-8"))}


class Command(BaseCommand):
    help = "Makes the fonts of the admin anew. Run it when a page shows a new icon, or unfold has new fonts."

    def handle(self, *args: object, **options: object) -> None:
        logging.getLogger("fontTools").setLevel(logging.WARNING)
        for weight in WEIGHTS:
            self.text_font(weight)
        self.icon_font()
        for path in sorted(TARGET.glob("*.woff2")):
            self.stdout.write(f"{path.name}: {path.stat().st_size:,} bytes")

    def text_font(self, weight: str) -> None:
        from fontTools import subset
        from fontTools.ttLib import TTFont

        font = TTFont(SOURCE / f"inter/Inter-{weight}.woff2")
        options = subset.Options(layout_features=["kern", "liga", "calt", "ccmp", "locl", "mark", "mkmk", "tnum"])
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=[*LATIN, *SIGNS])
        subsetter.subset(font)
        font.flavor = "woff2"
        font.save(TARGET / f"Inter-{weight}.woff2")

    def icon_font(self) -> None:
        """An icon is a ligature of the letters of its name; only those that are named in the sources are kept."""
        from fontTools import subset
        from fontTools.ttLib import TTFont

        font = TTFont(SOURCE / "material-symbols/Material-Symbols-Outlined.woff2")
        words = named()
        glyphs = [glyph for name, glyph in icons(font).items() if name in words]
        options = subset.Options(layout_closure=False, layout_features=["*"], drop_tables=["FFTM"])
        subsetter = subset.Subsetter(options)
        subsetter.populate(glyphs=glyphs, unicodes=[ord(letter) for letter in LETTERS])
        subsetter.subset(font)
        font.flavor = "woff2"
        font.save(TARGET / "icons.woff2")


def icons(font: "TTFont") -> dict[str, str]:  # type: ignore[name-defined]  # noqa: F821  only loaded where it is used
    """Name of an icon → its glyph."""
    letters = {glyph: chr(code) for code, glyph in font.getBestCmap().items() if code < 128}
    found: dict[str, str] = {}
    for lookup in font["GSUB"].table.LookupList.Lookup:
        for table in lookup.SubTable:
            ligatures = getattr(getattr(table, "ExtSubTable", table), "ligatures", {})
            for first, group in ligatures.items():
                for ligature in group:
                    name = "".join(letters.get(glyph, "?") for glyph in (first, *ligature.Component))
                    found[name] = ligature.LigGlyph
    return found
