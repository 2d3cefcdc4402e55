"""The test client sends the office's forms as a browser does: with the one-time key that each of them has."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from django.test import Client

from shs.core.admin.once import KEYED


def with_key(post: Callable[..., Any]) -> Callable[..., Any]:
    """`Client.post` with a new key in each form for the office, unless the test sends one; `once=""` sends none."""

    @wraps(post)
    def posted(client: Client, path: Any, data: Any = None, *args: Any, **more: Any) -> Any:
        is_form = data is None or isinstance(data, dict)
        if is_form and urlsplit(str(path)).path.startswith(KEYED):
            data = {"once": uuid4(), **(data or {})}
        return post(client, path, data, *args, **more)

    return posted


FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
KEY = re.compile(r'<input type="hidden" name="once" value="([0-9a-f-]{36})"')
ELSEWHERE = re.compile(r'action="(/admin/logout/|/language/)"')
"""Forms that do nothing in the office: to leave, and to choose a language."""


def forms_without_key(html: str) -> list[str]:
    """The beginnings of a page's forms that lack their one-time key, or share it with another form."""
    found, keys = [], set()
    for attributes, body in FORM.findall(html):
        if 'method="post"' not in attributes or ELSEWHERE.search(attributes):
            continue
        own = KEY.findall(body)
        if len(own) != 1 or own[0] in keys:
            found.append(f"<form{attributes}>")
        keys.update(own)
    return found
