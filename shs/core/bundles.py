"""Bundles: static files that are put together from others, so that a page of the admin asks for few.

`collectstatic` stores them like other files; with DEBUG they are put together again when a source has changed.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Protocol, cast

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, InMemoryStorage, Storage
from django.forms.widgets import Media
from django.http import HttpResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

OFFICE_CSS, OFFICE_JS = "shs/bundles/office.css", "shs/bundles/office.js"
FORMS_JS = "shs/bundles/forms.js"

BUNDLES: dict[str, list[str]] = {
    OFFICE_CSS: [
        "shs/fonts/fonts.css",
        "shs/colours.css",
        "shs/admin.css",
        "shs/access.css",
        "unfold/css/styles.css",
        "unfold/css/simplebar/simplebar.css",
        "admin/css/vendor/select2/select2.min.css",
        "admin/css/autocomplete.css",
    ],
    # Alpine starts as soon as it is loaded, so it comes last.
    OFFICE_JS: [
        "unfold/js/app.js",
        "shs/access.js",
        "shs/admin.js",
        "shs/picker.js",
        "shs/once.js",
        "shs/menus.js",
        "shs/search.js",
        "shs/idle.js",
        "shs/kept.js",
        "unfold/js/simplebar/simplebar.js",
        "unfold/js/alpine/alpine.anchor.js",
        "unfold/js/alpine/alpine.persist.js",
        "unfold/js/alpine/alpine.resize.js",
        "unfold/js/alpine/alpine.js",
    ],
    # select2 and its words look for jQuery before Django's jquery.init.js hides it.
    FORMS_JS: [
        "admin/js/vendor/jquery/jquery.min.js",
        "admin/js/vendor/select2/select2.full.min.js",
        "admin/js/vendor/select2/i18n/bn.js",
        "admin/js/vendor/select2/i18n/en.js",
        "admin/js/jquery.init.js",
        "admin/js/core.js",
        "unfold/js/select2.init.js",
        "admin/js/admin/RelatedObjectLookups.js",
        "admin/js/actions.js",
        "admin/js/calendar.js",
        "unfold/filters/js/DateTimeShortcuts.js",
    ],
}

SAME = {
    "admin/js/admin/DateTimeShortcuts.js": "unfold/filters/js/DateTimeShortcuts.js",
    "admin/js/vendor/jquery/jquery.js": "admin/js/vendor/jquery/jquery.min.js",
    "admin/js/vendor/select2/select2.full.js": "admin/js/vendor/select2/select2.full.min.js",
    "admin/css/vendor/select2/select2.css": "admin/css/vendor/select2/select2.min.css",
}
"""Files that forms ask for → the file in a bundle that does the same: unfold's copy, or the smaller one."""

LATER = {"admin/js/urlify.js", "admin/js/prepopulate.js", "admin/js/vendor/xregexp/xregexp.min.js"}
"""Django asks for these on every page of a model; templates/admin/prepopulated_fields_js.html loads them where a field
is filled in from another one."""

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


class BundleFinder(BaseFinder):
    """Finds the bundles. With DEBUG, the one that is asked for is written to var/bundles first if a source has changed.
    `collectstatic` reads them from memory."""

    def check(self, **kwargs: object) -> list[object]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: object) -> str | list[str]:
        if path not in BUNDLES:
            return []
        found = str(self._write(path))
        return [found] if find_all else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        if settings.WHITENOISE_USE_FINDERS:
            storage: Storage = FileSystemStorage(settings.DATA_DIR / "bundles")
            for name in BUNDLES:
                self._write(name)
        else:
            storage = InMemoryStorage()
            for name in BUNDLES:
                storage.save(name, ContentFile(bundle(name).encode()))
        yield from ((name, storage) for name in BUNDLES)

    def _write(self, name: str) -> Path:
        content = bundle(name)
        target = settings.DATA_DIR / "bundles" / name
        if not target.exists() or target.read_text(encoding="utf-8") != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            other = target.with_name(f"{target.name}.{sha256(content.encode()).hexdigest()[:8]}")
            other.write_text(content, encoding="utf-8")
            other.replace(target)  # another process may be reading it
        return target


def bundle(name: str) -> str:
    """The content of a bundle. Raises FileNotFoundError where a source does not exist."""
    parts = []
    for source in BUNDLES[name]:
        path = finders.find(source)
        if not isinstance(path, str):
            raise FileNotFoundError(source)
        text = Path(path).read_text(encoding="utf-8")
        # Addresses in a stylesheet are relative to its folder. Only ours has any, and they begin at the bundle.
        parts.append(COMMENT.sub("", text) if name.endswith(".css") else f"{text.rstrip()}\n;")
    return "\n".join(parts)


class _Files(Protocol):
    """What Media knows of its files: scripts, and stylesheets by medium."""

    _js: list[str]
    _css: dict[str, list[str]]


class BundledMedia:
    """The scripts and styles of a page's forms, with the bundles in place of what is in them. Scripts are deferred: the
    page can be read before they are loaded."""

    def __init__(self, media: Media) -> None:
        self.media: _Files = cast(_Files, media)

    @property
    def css(self) -> SafeString:
        """Links to the styles that are not in the bundle of every page."""
        wanted = [SAME.get(str(path), path) for paths in self.media._css.values() for path in paths]
        names = [name for name in wanted if name not in BUNDLES[OFFICE_CSS]]
        return _tags(names, lambda name: format_html('<link rel="stylesheet" href="{}">', static(name)))

    @property
    def js(self) -> SafeString:
        wanted = [SAME.get(str(path), path) for path in self.media._js]
        bundled = {*BUNDLES[FORMS_JS], *LATER}
        rest = [path for path in wanted if path not in bundled]
        # The calendar asks for the names of months while it is loaded.
        addresses = [reverse("admin:jsi18n"), static(FORMS_JS)] if len(rest) < len(wanted) else []
        scripts = _tags(addresses, lambda address: format_html('<script src="{}" defer></script>', address))
        return scripts + mark_safe("".join(Media(js=rest).render_js()).replace("<script ", "<script defer "))  # noqa: S308

    def __str__(self) -> SafeString:
        return self.css + self.js

    __html__ = __str__


def with_bundles(answer: HttpResponse) -> HttpResponse:
    """A page that Django's admin has made and not rendered yet, with bundles in place of the files of its forms."""
    context = getattr(answer, "context_data", None)
    if context and isinstance(context.get("media"), Media):
        context["media"] = BundledMedia(context["media"])
    return answer


def _tags(names: Iterable[str], tag: Callable[[str], SafeString]) -> SafeString:
    return mark_safe("".join(tag(name) for name in names))  # noqa: S308  each tag is escaped
