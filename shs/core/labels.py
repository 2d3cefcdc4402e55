"""The type of what people read: plain text, or a sentence that is translated when it is shown (`gettext_lazy`)."""

from typing import TYPE_CHECKING

from django.utils.functional import Promise

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Label = str | _StrPromise
else:
    Label = str | Promise
