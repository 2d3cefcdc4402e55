"""The type of visible texts: a string, or a lazy translation (`gettext_lazy`)."""

from typing import TYPE_CHECKING

from django.utils.functional import Promise

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Label = str | _StrPromise
else:
    Label = str | Promise
