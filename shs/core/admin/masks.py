"""Masked and hidden values."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import cast

from django.db.models import Model

from shs.core.admin.base import ScreenBase
from shs.core.admin.rights import FieldSets
from shs.core.caller import Member, MemberRequest
from shs.core.grants.table import any_shared, is_shared, may_all
from shs.core.reads.log import log_read


def masked_email(address: str | None) -> str:
    """`alice@example.com` → `a•••@example.com`, which can be recognised but not written to; empty for no address."""
    if not address:
        return ""
    name, _at, domain = address.partition("@")
    return f"{name[:1]}•••@{domain}"


def _without(fields: Sequence[str | Sequence[str]], hidden: AbstractSet[str]) -> list[str | Sequence[str]]:
    kept: list[str | Sequence[str]] = []
    for entry in fields:
        if isinstance(entry, tuple | list):
            inner = [name for name in entry if name not in hidden]
            if inner:
                kept.append(tuple(inner))
        elif entry not in hidden:
            kept.append(entry)
    return kept


class Concealment(ScreenBase):
    """Mixin for screens: hides fields from users without a permission, and logs who sees values that lists mask."""

    concealed_from: dict[str, str] = {}
    """Field → the action without which its value is hidden in forms, lists, history and search."""
    reveals: str = ""
    """The `what` of the read log line when a row's page shows values that lists mask; empty if nothing is masked."""

    def may_read(self, request: MemberRequest, action: str, row: Model | None = None) -> bool:
        """Whether values that are concealed from those without `action` are shown: of a row that is shared, if the
        right holds on that row; in a list of which a row is shared, if it holds on every row."""
        if row is not None and is_shared(row, request.user, "view"):
            return self._may(request, action, row)
        if row is None and any_shared(self.model, request.user, "view"):
            return may_all(request.user, self.model, action)
        return self._may(request, action)

    def concealed(self, request: MemberRequest, row: Model | None = None) -> set[str]:
        """The names of the fields whose values this user may not see: of `row`, or in lists."""
        return {name for name, action in self.concealed_from.items() if not self.may_read(request, action, row)}

    def get_fieldsets(self, request: MemberRequest, obj: Model | None = None) -> FieldSets:
        hidden = self.concealed(request, obj)
        fieldsets: FieldSets = super().get_fieldsets(request, obj)
        if not hidden:
            return fieldsets
        cut = [(title, {**options, "fields": _without(options["fields"], hidden)}) for title, options in fieldsets]
        return [(title, options) for title, options in cut if options["fields"]]

    def get_list_display(self, request: MemberRequest) -> list[str]:
        hidden = self.concealed(request)
        return [name for name in super().get_list_display(request) if name not in hidden]

    def get_search_fields(self, request: MemberRequest) -> list[str]:
        """Hidden fields are not searched, because the results would reveal their values."""
        hidden = self.concealed(request)
        return [name for name in super().get_search_fields(request) if name not in hidden]

    def log_revealed(self, request: MemberRequest, obj: Model) -> None:
        """Write a line to the read log when the page of `obj` shows contact details of another person."""
        person = self.person_of(obj)
        if self.reveals and person.pk != request.user.pk:
            log_read(request.user, what=self.reveals, ids=[obj.pk], subject=person)

    def person_of(self, obj: Model) -> Member:
        """The person whom a row is about, for the read log."""
        return cast("Member", obj)
