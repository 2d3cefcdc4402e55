"""The text of an SMS: one line, without anything clinical; its links lead to this site only."""

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from shs.notices.letters import SECRETS, language_of, read_data
from shs.notices.models import Notice

LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)


class ForeignLink(ValueError):
    """A name or a place in the text holds a link to elsewhere."""


def text_of(told: Notice, *, with_secret: bool = False) -> str:
    """The text of `told` in its recipient's language, in one line. Without the secret, a code is left out. Raises
    ForeignLink."""
    secret = SECRETS[told.kind](told) if with_secret and told.kind in SECRETS else {}
    context: dict[str, object] = {"user": told.user, **read_data(told.data), **secret}
    with translation.override(language_of(told.user)):
        text = " ".join(render_to_string(f"sms/{told.kind}.txt", context).split())
    own = urlsplit(settings.SITE_URL).netloc.lower()
    if any(urlsplit(link).netloc.lower() != own for link in LINK.findall(text)):
        raise ForeignLink
    return text


def preview_of(told: Notice) -> str:
    """The text without its code, for the office; empty for one that may not be sent."""
    try:
        return text_of(told)
    except ForeignLink:
        return ""
