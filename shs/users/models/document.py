"""Documents with which somebody proves at a desk who they are."""

import re

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shs.core.errors import Invalid


class Document(models.TextChoices):
    """A document with which somebody proves who they are."""

    NID = "nid", gettext_lazy("National identity card")
    BIRTH = "birth", gettext_lazy("Birth certificate")
    PASSPORT = "passport", gettext_lazy("Passport")
    LICENCE = "licence", gettext_lazy("Driving licence")
    OTHER = "other", gettext_lazy("Other document with a photograph")


def require_document(document: str, last_four: str) -> None:
    """Raises Invalid (422) unless `document` is one of these, seen with the last four characters of its number."""
    if document not in Document.values:
        raise Invalid(_("Choose the document that you have seen."), field="document")
    if not re.fullmatch(r"[0-9A-Za-z]{4}", last_four):
        raise Invalid(_("Enter the last four letters or digits of its number."), field="last_four")
