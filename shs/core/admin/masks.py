"""What is shown in part only, or not at all."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import cast

from django.db.models import Model

from shs.core.admin.base import ScreenBase
from shs.core.admin.rights import FieldSets
from shs.core.caller import Member, MemberRequest
from shs.core.reads.log import log_read


def masked_email(address: str) -> str:
    """`alice@example.com` → `a•••@example.com`: enough to recognise, not enough to write to."""
    name, _at, domain = address.partition("@")
    return f"{name[:1]}•••@{domain}"


def masked_phone(number: str) -> str:
    """The last three digits of a phone number."""
    return f"••• {number[-3:]}" if number else ""


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
    """For a screen: hides the content of fields from who may not see it, and logs who sees what lists mask."""

    concealed_from: dict[str, str] = {}
    """Field → the action without which its content is not shown, in the form, the list and the history, nor found."""
    reveals: str = ""
    """What the read log calls it when a row's page shows what lists mask; empty where it masks nothing."""

    def concealed(self, request: MemberRequest) -> set[str]:
        """The names of the fields whose content this user may not see."""
        return {name for name, action in self.concealed_from.items() if not self._may(request, action)}

    def get_fieldsets(self, request: MemberRequest, obj: Model | None = None) -> FieldSets:
        hidden = self.concealed(request)
        fieldsets: FieldSets = super().get_fieldsets(request, obj)
        if not hidden:
            return fieldsets
        cut = [(title, {**options, "fields": _without(options["fields"], hidden)}) for title, options in fieldsets]
        return [(title, options) for title, options in cut if options["fields"]]

    def get_list_display(self, request: MemberRequest) -> list[str]:
        hidden = self.concealed(request)
        return [name for name in super().get_list_display(request) if name not in hidden]

    def get_search_fields(self, request: MemberRequest) -> list[str]:
        """A search that found what is not shown would tell it letter by letter."""
        hidden = self.concealed(request)
        return [name for name in super().get_search_fields(request) if name not in hidden]

    def log_revealed(self, request: MemberRequest, obj: Model) -> None:
        """One line in the read log where the page of `obj` shows contact details of somebody else."""
        person = self.person_of(obj)
        if self.reveals and person.pk != request.user.pk:
            log_read(request.user, what=self.reveals, ids=[obj.pk], subject=person)

    def person_of(self, obj: Model) -> Member:
        """Whom a row is about, for the read log."""
        return cast("Member", obj)
