"""What refers to a row: a row can be deleted only if nothing does. Rows that belong to it (`CASCADE`) are deleted with
it, and those of another kind of link (a foreign key, a choice of several) are named to the user."""

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as by_default
from datetime import datetime, timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shs.core.caller import Caller
from shs.core.errors import Refused, StepRefused
from shs.core.grants.models import ObjectGrant
from shs.core.grants.table import rows_allowed
from shs.core.records.models import Record
from shs.core.records.privacy import Administrative
from shs.core.records.transitions import lock

RESTORED_FOR = timedelta(days=30)
"""How long a deletion or a merge can be undone."""


class InUse(Refused):
    """Other rows refer to the row."""

    code = "in_use"


@dataclass(frozen=True)
class Link:
    """A way to refer to rows of a model: the foreign key or the choice of several (`field`) of `model`, by its rows
    that are `only` these."""

    model: type[models.Model]
    field: Any
    only: Q = by_default(default_factory=Q)

    @property
    def is_many(self) -> bool:
        """Whether a row of `model` refers to several rows."""
        return bool(self.field.many_to_many)

    @property
    def is_relation(self) -> bool:
        """Whether it is a foreign key or a choice of several, and not a right on one object."""
        return bool(self.field.is_relation)

    @property
    def target(self) -> str:
        """The column of the row that the link holds: its key, for most."""
        return "pk" if self.is_many else str(self.field.target_field.attname)

    def to(self, row: models.Model) -> QuerySet[models.Model]:
        """The rows that refer to `row`."""
        return self.model._base_manager.filter(self.only, **{self.field.name: getattr(row, self.target)})


def links_to(model: type[models.Model]) -> list[Link]:
    """The links to rows of `model`, without those that its rows own, and without histories."""
    found = []
    for relation in model._meta.get_fields(include_hidden=True):
        if not relation.auto_created or relation.concrete or not relation.is_relation:
            continue
        owner, field = relation.related_model, relation.field  # type: ignore[union-attr]  # a relation from another model
        if owner._meta.auto_created or hasattr(owner, "history_id") or hasattr(owner, "m2m_history_id"):  # type: ignore[union-attr]
            continue
        if relation.many_to_many or relation.on_delete is not models.CASCADE:  # type: ignore[union-attr]
            found.append(Link(owner, field))  # type: ignore[arg-type]
    return found


@dataclass(frozen=True)
class Reference:
    """How many rows refer to a row by one link."""

    link: Link
    count: int

    def examples(self, user: Caller, row: models.Model, most: int) -> list[str]:
        """The first rows that `user` may see, by name; none of health data."""
        if not self.link.is_relation or not isinstance(getattr(self.link.model, "privacy", None), Administrative):
            return []
        rows = self.link.to(row).filter(rows_allowed(self.link.model, user, "view"))
        return [str(one) for one in rows.order_by("pk")[:most]]

    def __str__(self) -> str:
        options = self.link.model._meta
        name = options.verbose_name if self.count == 1 else options.verbose_name_plural
        return _("%(count)d %(name)s") % {"count": self.count, "name": name}


def references(row: models.Model) -> list[Reference]:
    """What refers to `row`, and how often. One query."""
    links = links_to(type(row))
    grants = ObjectGrant.objects.filter(content_type=ContentType.objects.get_for_model(row), object_pk=str(row.pk))
    columns = {f"links_{at}": _number(link) for at, link in enumerate(links)}
    columns["grants"] = _counted(grants.values("content_type"))
    counts = type(row)._base_manager.filter(pk=row.pk).values_list(*columns.values()).first() or ()
    every = [*links, Link(ObjectGrant, ObjectGrant._meta.get_field("object_pk"))]
    return [Reference(link, count) for link, count in zip(every, counts, strict=False) if count]


def _number(link: Link) -> Coalesce:
    name = link.field.name
    return _counted(link.model._base_manager.filter(**{name: OuterRef(link.target)}).values(name))


def _counted(rows: "QuerySet[Any, Any]") -> Coalesce:
    number = rows.order_by().annotate(number=Count("*")).values("number")[:1]
    return Coalesce(Subquery(number, output_field=IntegerField()), Value(0))


def told(found: list[Reference]) -> str:
    """The references in words: "3 doctors and 1 condition"."""
    *first, last = [str(one) for one in found]
    return _("%(first)s and %(last)s") % {"first": ", ".join(first), "last": last} if first else last


def refusal(row: models.Model, found: list[Reference], instead: str = "") -> str:
    """Why `row` cannot be deleted, in a sentence; `instead` is what to do."""
    number = found[0].count if len(found) == 1 else 2
    sentence = ngettext("%(what)s uses this %(name)s", "%(what)s use this %(name)s", number)
    words = sentence % {"what": told(found), "name": row._meta.verbose_name}
    return capfirst(f"{words}: {instead}" if instead else f"{words}.")


def require_unused(row: models.Model, *, instead: str = "") -> None:
    """Raises InUse (409) if anything refers to `row`."""
    if found := references(row):
        raise InUse(refusal(row, found, instead))


def delete(row: models.Model, *, instead: str = "") -> None:
    """Delete `row`, and what belongs to it, if nothing refers to it; the history stays. Raises InUse (409)."""
    with transaction.atomic():
        lock(row)
        require_unused(row, instead=instead)
        row.delete()


def restore(model: type[Record], pk: object, *, by: Caller, now: datetime) -> Record:
    """Undo a deletion by `by` within thirty days: the row, and what was deleted with it, as they were. Raises
    StepRefused (409)."""
    with transaction.atomic():
        line = deletion(model, pk, by=by, now=now)
        if line is None or model._base_manager.filter(pk=pk).exists():
            raise StepRefused(_("This cannot be restored any more."))
        for gone in [line, *_deleted_with(model, line)]:
            row = gone.instance
            row._change_reason = "deletion undone"
            row.save(force_insert=True)
    restored: Record = model._base_manager.get(pk=pk)
    return restored


def deletion(model: type[Record], pk: object, *, by: Caller, now: datetime) -> Any:
    """The history line of the last deletion of a row, if `by` may still undo it; else None."""
    lines = model.history.model._default_manager.filter(**{model._meta.pk.attname: pk})
    last = lines.order_by("-history_date", "-history_id").first()
    is_own = last is not None and last.history_type == "-" and last.history_user_id == by.pk
    return last if is_own and last.history_date > now - RESTORED_FOR else None


def _deleted_with(model: type[Record], line: Any) -> Iterator[Any]:
    """The history lines of rows that belonged to a row, and were deleted with it by the same request."""
    if not line.history_request:
        return
    for relation in model._meta.related_objects:
        part = relation.related_model
        if relation.on_delete is models.CASCADE and isinstance(part, type) and issubclass(part, Record):
            yield from part.history.model._default_manager.filter(
                **{relation.field.attname: line.instance.pk},
                history_type="-",
                history_request=line.history_request,
            )
