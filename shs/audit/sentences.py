"""Changes of rights and of duties as sentences: "Dr. X may read the chart of Y, by the patient's consent, until …"."""

import json
from collections.abc import Iterator, Mapping

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shs.audit.changes import Change, Values
from shs.audit.naming import Model, Named, Row, named
from shs.core.admin.sharing import right_words
from shs.core.dates import instant, show_datetime
from shs.core.grants.models import GrantSource, Share
from shs.core.grants.words import right_in_words
from shs.core.labels import Label
from shs.users import duties
from shs.users.models import Guardianship, MadeDuty, Rights, User

GIVEN: dict[str, Label] = {
    "read_chart_user": _("{who} may read the chart of {what}, by the patient's consent"),
    "break_glass_user": _("{who} may read the chart of {what} in an emergency"),
    "run_desk_clinic": _("{who} works at the desk of {what}"),
    "review_doctorinformation": _("{who} has claimed the application of {what}"),
}
"""Codename of a right → the sentence when it is given; others are named after the right."""
TAKEN: dict[str, Label] = {
    "read_chart_user": _("{who} may no longer read the chart of {what} by the patient's consent"),
    "break_glass_user": _("{who} may no longer read the chart of {what} in an emergency"),
    "run_desk_clinic": _("{who} no longer works at the desk of {what}"),
    "review_doctorinformation": _("{who} no longer has the application of {what}"),
}
"""The same for its end."""

OTHERS_GIVEN = _("{who} has the right “{right}” on {what}")
OTHERS_TAKEN = _("{who} no longer has the right “{right}” on {what}")


SHARED = _("Shared with {who}: {what} ({right})")
UNSHARED = _("No longer shared with {who}: {what} ({right})")

ACTING: dict[str, Label] = {
    "asked": _("{who} asks to act for {what}"),
    "active": _("{who} acts for {what}"),
    "declined": _("The request of {who} to act for {what} was declined"),
    "ended": _("{who} no longer acts for {what}"),
}
"""State of a guardianship → the sentence."""


def is_right(change: Change) -> bool:
    """Whether the change is one of a right on one object, or of a guardianship."""
    return _is_guardianship(change) or {"permission_id", "content_type_id", "object_pk"} <= change.became.keys()


def rows_of(change: Change) -> Iterator[Row]:
    """The rows that the sentence of a right names."""
    if _is_guardianship(change):
        yield from ((User, str(change.became[f"{end}_id"])) for end in ("guardian", "dependant"))
        return
    yield from (row for row in (_holder(change.became), _giver(change.became), _object(change.became)) if row)
    yield Permission, str(change.became["permission_id"])


def sentence(change: Change, known: Mapping[Row, Named]) -> SafeString:
    """The change of a right in words, with links to the person and the object."""
    if _is_guardianship(change):
        return _guardianship(change.became, known)
    values = change.became
    is_end = change.verb == "-"
    right = named(known, Permission, values["permission_id"])
    text = (TAKEN if is_end else GIVEN).get(right.code)
    parts = {"who": _link(known, _holder(values)), "what": _link(known, _object(values))}
    if text is None:
        is_share = issubclass(change.model, Share)
        text = (UNSHARED if is_end else SHARED) if is_share else OTHERS_TAKEN if is_end else OTHERS_GIVEN
        model, _key = _object(values) or (User, "")
        action = right.code.removesuffix(f"_{model._meta.model_name}")
        parts["right"] = right_words(model, action) if is_share else right_in_words(model, action)
    said = format_html(str(text), **parts)
    if (source := values.get("source")) and "right" in parts:
        said = format_html("{}, {}", said, gettext(str(GrantSource(str(source)).label)))
    if by := _giver(values):
        said = format_html("{}, {}", said, _("given by %(name)s") % {"name": named(known, *by).text})
    if (until := values.get("expires_at") or values.get("ends_at")) and not is_end:
        said = format_html("{}, {}", said, _("until %(end)s") % {"end": show_datetime(instant(str(until)))})
    return said


def _is_guardianship(change: Change) -> bool:
    return change.kind.lower() == Guardianship._meta.label_lower


def _guardianship(values: Values, known: Mapping[Row, Named]) -> SafeString:
    """Who acts for whom, as what, and what they may do."""
    who, what = (_link(known, (User, str(values[f"{end}_id"]))) for end in ("guardian", "dependant"))
    said = format_html(str(ACTING[str(values["state"])]), who=who, what=what)
    rights = [values["may_book"] and _("book"), values["may_read"] and _("read the chart")]
    relation = Guardianship.Relation(str(values["relation"])).label
    parts = [str(part) for part in (relation, *rights) if part]
    return format_html("{} ({})", said, ", ".join(parts))


def is_duty(change: Change) -> bool:
    """Whether the change is one of a duty that the clinic makes."""
    return change.model is MadeDuty


def duty_sentence(change: Change) -> str:
    """The change of a duty in words: what it is called, what it gives and no longer gives, and whether it is archived.
    Only what differs from before is told."""
    was, became = change.was or {}, change.became
    name, before = became["name"], _rights(was.get("rights"))
    parts = [] if change.was else [gettext("The duty “%(name)s” was made") % {"name": name}]
    if change.was and was.get("name") != name:
        parts.append(gettext("The duty “%(was)s” is now called “%(name)s”") % {"was": was["name"], "name": name})
    if bool(was.get("archived_at")) != bool(became.get("archived_at")):
        is_archived, is_used = (
            gettext("The duty “%(name)s” is archived"),
            gettext("The duty “%(name)s” is in use again"),
        )
        parts.append((is_archived if became["archived_at"] else is_used) % {"name": name})
    parts = parts or [gettext("The duty “%(name)s”") % {"name": name}]
    return ". ".join([*parts, *duties.told_shortly(before, _rights(became["rights"]))])


def _rights(value: object) -> Rights:
    found: Rights = json.loads(value) if isinstance(value, str) else value or {}  # type: ignore[assignment]  # SQLite keeps it as text
    return found


def _holder(values: Values) -> Row | None:
    if values.get("group_id"):
        return Group, str(values["group_id"])
    return (User, str(values["user_id"])) if values.get("user_id") else None


def _giver(values: Values) -> Row | None:
    """Who gave the right, unless the person did so, as with an emergency access."""
    giver = values.get("granted_by_id")
    return (User, str(giver)) if giver and giver != values.get("user_id") else None


def _object(values: Values) -> Row | None:
    model: Model | None = ContentType.objects.get_for_id(int(str(values["content_type_id"]))).model_class()
    return (model, str(values["object_pk"])) if model else None


def _link(known: Mapping[Row, Named], row: Row | None) -> str:
    if row is None:
        return "–"
    found = named(known, *row)
    return format_html('<a class="shs-link" href="{}">{}</a>', found.url, found.text) if found.url else found.text
