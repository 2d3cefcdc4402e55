"""Record, the base of models with a history."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import ClassVar, Self, TypeVar, cast

from django.core.exceptions import ValidationError
from django.db import connections, models, transaction
from django.utils.translation import gettext_lazy as _
from simple_history.manager import HistoryManager
from simple_history.models import HistoricalRecords

from shs.core.caller import Caller
from shs.core.context import current, request_address, request_id
from shs.core.grants.table import rows_allowed
from shs.core.records.derived import derived_from
from shs.core.records.privacy import Administrative, Clinical
from shs.core.records.values import tidy

Row = TypeVar("Row", bound=models.Model, covariant=True)


class UnloggedChange(TypeError):
    """Raised when a bulk change of records would leave no history."""


class RecordQuerySet(models.QuerySet[Row]):
    """Queryset of all models. Pages and routes read rows by `allowed` only."""

    def allowed(self, user: Caller, action: str) -> Self:
        """The rows on which `user` may do `action`; none for anonymous and inactive users."""
        return self.filter(rows_allowed(self.model, user, action))

    def unrestricted(self, why: str) -> Self:
        """All rows, for a page or route that needs rows which its user may not see; `why` states the reason and what
        happens with them."""
        if not why:
            raise TypeError('Write .allowed(user, "view"), or say why all rows are needed: .unrestricted("why").')
        return self.all()

    def without_history(self, why: str) -> Self:
        """Rows that may be changed in bulk without a history; `why` states the reason."""
        if not why:
            raise UnloggedChange("Say why no history line is needed.")
        clone = self.all()
        clone._unlogged = True
        return clone

    def create_with_history(
        self, rows: Sequence[Row], *, by: Caller | None = None, reason: str = "", batch_size: int = 500
    ) -> list[Row]:
        """Insert `rows` and their history lines in bulk."""
        with transaction.atomic():
            made = self.without_history("their history lines follow").bulk_create(rows, batch_size=batch_size)
            cast("type[Record]", self.model).history.bulk_history_create(
                made, batch_size=batch_size, default_user=by, default_change_reason=reason or None
            )
        return made

    def update_with_history(
        self, rows: Sequence[Row], fields: Iterable[str], *, by: Caller | None = None, reason: str = ""
    ) -> None:
        """Store the `fields` of changed `rows`, which hold plain values, the time of the change, and history lines: one
        statement that is sent for all rows, where bulk_update() compiles an expression for each value."""
        options, connection = self.model._meta, connections[self.db]
        fields = set(fields)
        derived = derived_from(self.model, fields)
        changed = {*fields, "updated_at", *(field.name for field in derived)}
        columns = [column for column in options.concrete_fields if column.name in changed]
        quoted = connection.ops.quote_name
        assigned = ", ".join(f"{quoted(str(column.column))} = %s" for column in columns)
        sql = f"UPDATE {quoted(options.db_table)} SET {assigned} WHERE {quoted(str(options.pk.column))} = %s"  # noqa: S608
        values = [
            [*(column.get_db_prep_save(column.pre_save(row, False), connection) for column in columns), row.pk]
            for row in rows
        ]
        with transaction.atomic(), connection.cursor() as cursor:
            if values:
                cursor.executemany(sql, values)
            cast("type[Record]", self.model).history.bulk_history_create(
                rows, batch_size=500, update=True, default_user=by, default_change_reason=reason or None
            )

    def update(self, **changes: object) -> int:
        self._refuse_unlogged()
        return super().update(**changes, **self._following(changes))

    def bulk_create(
        self,
        objs: Iterable[Row],
        batch_size: int | None = None,
        ignore_conflicts: bool = False,
        update_conflicts: bool = False,
        update_fields: Collection[str] | None = None,
        unique_fields: Collection[str] | None = None,
    ) -> list[Row]:
        self._refuse_unlogged()
        return super().bulk_create(objs, batch_size, ignore_conflicts, update_conflicts, update_fields, unique_fields)

    def bulk_update(self, objs: Iterable[Row], fields: Iterable[str], batch_size: int | None = None) -> int:
        self._refuse_unlogged()
        return super().bulk_update(objs, fields, batch_size)

    _unlogged = False

    def _clone(self) -> Self:
        clone: Self = super()._clone()
        clone._unlogged = self._unlogged
        return clone

    def _following(self, changes: Mapping[str, object]) -> dict[str, str]:
        """The values of the columns that follow from changed ones."""
        found = {}
        for field in derived_from(self.model, changes):
            values = [changes.get(name) for name in field.of]
            if not all(isinstance(value, str) for value in values):
                raise TypeError(f"{field.name} follows from {', '.join(field.of)}: give plain values for all of them.")
            found[field.name] = field.derive(*map(str, values))
        return found

    def _refuse_unlogged(self) -> None:
        if not self._unlogged:
            raise UnloggedChange(
                f"{self.model._meta.label} keeps a history, and a bulk change writes none: save the rows, use "
                "create_with_history(), or say why not by without_history()."
            )


class HistoryLine(models.Model):
    """Additional columns of history rows: request id and client address."""

    history_request = models.CharField(_("request"), max_length=32, blank=True, default=request_id)
    history_address = models.CharField(_("from"), max_length=45, blank=True, default=request_address)

    class Meta:
        abstract = True


class Versions(HistoryManager):
    """The manager `record.history`: its class is made once. simple_history makes one at each use, so at each save."""

    @classmethod
    @cache
    def from_queryset(
        cls, queryset_class: type[models.QuerySet[models.Model]], class_name: str | None = None
    ) -> type[Self]:
        made: type[Self] = super().from_queryset(queryset_class, class_name)
        return made

    def unrestricted(self, why: str) -> models.QuerySet[models.Model]:
        """All lines, for a page or route: they hold what screens conceal; `why` states what is shown of them."""
        if not why:
            raise TypeError('Say what is shown of the history: .history.unrestricted("why").')
        lines: models.QuerySet[models.Model] = self.get_queryset()
        return lines


class History(HistoricalRecords):
    """simple_history with the user of our request context; a model's `unlogged_fields` are left out."""

    def fields_included(self, model: type[models.Model]) -> "list[models.Field[object, object]]":
        hidden = getattr(model, "unlogged_fields", ())
        return [field for field in super().fields_included(model) if field.name not in hidden]

    def get_history_user(self, instance: models.Model) -> Caller | None:
        if hasattr(instance, "_history_user"):
            return cast("Caller | None", instance._history_user)
        context = current.get()
        return context.user if context else None


class Record(models.Model):
    """Base model whose every change is kept in a history: who, when, why, and the values."""

    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    objects = RecordQuerySet.as_manager()
    history = History(inherit=True, bases=[HistoryLine], history_manager=Versions)

    unlogged_fields: ClassVar[tuple[str, ...]] = ("updated_at",)
    STEPS: ClassVar[Mapping[str, Collection[str]]] = {}
    """Each state with the states that may follow it; `move()` allows no other step."""
    privacy: ClassVar[Clinical | Administrative]

    class Meta:
        abstract = True

    def save_base(
        self,
        raw: bool = False,
        force_insert: bool | tuple[type[models.Model], ...] = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Collection[str] | None = None,
    ) -> None:
        """As Django's. With a changed column the derived ones are stored, too."""
        if update_fields:
            derived = derived_from(type(self), update_fields)
            update_fields = frozenset([*update_fields, *(field.name for field in derived)])
        super().save_base(raw, force_insert, force_update, using, update_fields)

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        """Store texts as the API does: in Unicode's composed form, stripped, without control characters."""
        faults: dict[str, ValidationError] = {}
        for field in self._meta.concrete_fields:
            value = getattr(self, field.attname)
            if type(value) is str and field.name not in (exclude or ()) and field.name != "password":
                try:
                    setattr(self, field.attname, tidy(value))
                except ValidationError as error:
                    faults[field.name] = error
        super().clean_fields(exclude=[*(exclude or ()), *faults])
        if faults:
            raise ValidationError(faults)
