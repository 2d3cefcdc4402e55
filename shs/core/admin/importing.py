"""Imports the rows of a file in batches: each row is checked by its model, and a batch needs about ten queries."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import DatabaseError, IntegrityError, models, transaction
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from import_export.fields import Field
from import_export.results import RowResult
from import_export.widgets import DateTimeWidget, DateWidget, ForeignKeyWidget

from shs.core.digits import latin_digits
from shs.core.errors import refusal_for

Cells: TypeAlias = dict[str, object]
"""Column name → cell."""
Values: TypeAlias = tuple[object, ...]
BATCH = 500
DIFFERENCE = (
    '<span>{}</span><del style="background:#ffe6e6;">{}</del><ins style="background:#e6ffe6;">{}</ins><span>{}</span>'
)


class Key(ForeignKeyWidget):
    """The column of a foreign key by a unique field of the other model. `learn` finds the rows of all cells at once."""

    known: dict[str, models.Model]

    def learn(self, cells: Iterable[object]) -> None:
        """Find the rows that `cells` name."""
        values, self.known = sorted({str(cell) for cell in cells}), {}
        for start in range(0, len(values), BATCH):
            found = self.model._default_manager.filter(**{f"{self.field}__in": values[start : start + BATCH]})
            self.known |= {str(getattr(row, self.field)): row for row in found}

    def clean(self, value: object, row: object = None, **kwargs: object) -> models.Model | None:
        """The row that a cell names. Raises ValueError."""
        if value in (None, ""):
            return None
        if str(value) not in self.known:
            what = self.model._meta.verbose_name
            raise ValueError(_("There is no %(what)s “%(value)s”.") % {"what": what, "value": value})
        return self.known[str(value)]


@dataclass(eq=False)
class ImportRow:
    """One row of a file: its number, its cells, and what became of it."""

    number: int
    cells: Cells
    key: Values = ()
    instance: Any = None
    is_new: bool = False
    is_unchanged: bool = False
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    errors: dict[str, list[ValidationError]] = field(default_factory=dict)

    def refuse(self, error: ValidationError) -> None:
        """Add the messages of `error` to those of the row."""
        self.errors = error.update_error_dict(self.errors)

    @property
    def outcome(self) -> str:
        """One of import-export's types of a result."""
        if self.errors:
            return str(RowResult.IMPORT_TYPE_INVALID)
        if self.is_unchanged:
            return str(RowResult.IMPORT_TYPE_SKIP)
        return str(RowResult.IMPORT_TYPE_NEW if self.is_new else RowResult.IMPORT_TYPE_UPDATE)


class Batches:
    """The rows of one file, imported in their order inside the transaction of the caller. `keys` are the columns that
    identify a row; `hold` is called with the instances of each batch that are to be stored, and may set values back,
    `stored` with those that were added or changed."""

    def __init__(
        self,
        rows: models.QuerySet[Any],
        fields: Sequence[Field],
        keys: Sequence[Field],
        *,
        reason: str,
        shows: bool,
        stored: Callable[[list[Any]], None],
        hold: Callable[[list[Any]], None] = lambda rows: None,
    ) -> None:
        self.rows, self.model = rows, rows.model
        self.fields, self.keys = fields, keys
        self.reason, self.shows, self.stored, self.hold = reason, shows, stored, hold
        self.links = [found.name for found in self.model._meta.concrete_fields if found.remote_field]
        self.names = {str(found.attribute) for found in fields}
        self.blank = [found.get_value(self.model()) for found in fields]
        checks, _dates = self.model()._get_unique_checks(include_meta_constraints=True)
        self.unique = [names for _model, names in checks if self.names & set(names)]

    def run(self, rows: Iterable[ImportRow]) -> Iterator[ImportRow]:
        """Import `rows`; yields each with its result."""
        for batch in self._batches(rows):
            self._load(batch)
            for row in batch:
                self._read(row)
            self._require_unique([row for row in batch if not row.errors and not row.is_unchanged])
            changed = [row for row in batch if not row.errors and not row.is_unchanged]
            for row in changed if self.shows else ():
                row.after = self.shown(row.instance)
            self.hold([row.instance for row in changed])
            self._store(changed)
            if kept := [row.instance for row in changed if not row.errors]:
                self.stored(kept)
            yield from batch

    def _batches(self, rows: Iterable[ImportRow]) -> Iterator[list[ImportRow]]:
        """Parts of the file in which no key occurs twice, so that a later row finds what an earlier one stored."""
        batch: list[ImportRow] = []
        seen: set[Values] = set()
        for row in rows:
            try:
                row.key = tuple(key.clean(row.cells) for key in self.keys)
            except (ValueError, TypeError, ArithmeticError):
                row.key = ()  # the same error is found again, and reported, when all cells are read
            if len(batch) == BATCH or (row.key and row.key in seen):
                yield batch
                batch, seen = [], set()
            batch.append(row)
            seen.add(row.key)
        if batch:
            yield batch

    def _load(self, batch: list[ImportRow]) -> None:
        """Find the stored rows of a batch and lock them, in one query."""
        paths = [str(key.attribute) for key in self.keys]
        sought = {row.key[0] for row in batch if row.key}
        links = sorted(self.names & set(self.links))
        found = self.rows.filter(**{f"{paths[0]}__in": sought}).select_related(*links).select_for_update(of=("self",))
        stored = {tuple(key.get_value(instance) for key in self.keys): instance for instance in found}
        for row in batch:
            row.instance = stored.get(row.key)
            if row.instance is None:
                row.instance, row.is_new = self.model(), True

    def _read(self, row: ImportRow) -> None:
        """Set the cells of a row and check it by its model; what needs a query is checked for the whole batch."""
        instance = row.instance
        values = self.blank if row.is_new else [found.get_value(instance) for found in self.fields]
        if self.shows and not row.is_new:
            row.before = self.shown(instance)
        for column in self.fields:
            try:
                if column.column_name in row.cells:
                    _read_digits(column, row.cells)
                    column.save(instance, row.cells)
            except (ValueError, TypeError, ArithmeticError) as error:
                row.refuse(ValidationError({str(column.attribute): ValidationError(str(error), code="invalid")}))
        if not row.errors and values == [found.get_value(instance) for found in self.fields]:
            row.is_unchanged = True
            return
        # A link that is set is to a row that has just been read.
        known = [name for name in self.links if getattr(instance, instance._meta.get_field(name).attname) is not None]
        for check in (lambda: instance.clean_fields(exclude={*row.errors, *known}), instance.clean):
            try:
                check()
            except ValidationError as error:
                row.refuse(error)

    def _require_unique(self, rows: list[ImportRow]) -> None:
        """Refuse rows whose unique values another row has, in the order of the file."""
        for names in self.unique:
            concrete = [str(getattr(self.model._meta.get_field(name), "attname")) for name in names]  # noqa: B009
            values = {id(row): tuple(getattr(row.instance, name) for name in concrete) for row in rows}
            sought = {value[0] for value in values.values()}
            stored = self.model._default_manager.filter(**{f"{concrete[0]}__in": sought})
            owners: dict[Values, object] = {tuple(found[1:]): found[0] for found in stored.values_list("pk", *concrete)}
            had = {owner: value for value, owner in owners.items()}
            for row in rows:
                value, me = values[id(row)], row.instance.pk or row
                if None not in value and owners.get(value, me) != me:
                    error = row.instance.unique_error_message(self.model, names)
                    row.refuse(ValidationError({names[0] if len(names) == 1 else NON_FIELD_ERRORS: error}))
                    continue
                owners.pop(had.get(me, ()), None)
                owners[value] = me

    def _store(self, rows: list[ImportRow]) -> None:
        """Write rows with their history. If the database refuses them, the halves are tried, down to the rows that it
        refuses."""
        if not rows:
            return
        new = [row.instance for row in rows if row.is_new]
        changed = [row.instance for row in rows if not row.is_new]
        manager, keys = self.model._default_manager, {str(key.attribute) for key in self.keys}
        try:
            with transaction.atomic():
                manager.update_with_history(changed, self.names - keys, reason=self.reason)
                manager.create_with_history(new, reason=self.reason)
        except (DatabaseError, ValueError) as error:
            for instance in new:
                instance.pk, instance._state.adding = None, True
            if len(rows) == 1:
                rows[0].refuse(_why(rows[0].instance, error))
                return
            middle = len(rows) // 2
            self._store(rows[:middle])
            self._store(rows[middle:])

    def shown(self, instance: Any) -> list[str]:
        """The values of the columns as text."""
        return [str(found.export(instance) or "") for found in self.fields]

    def difference(self, row: ImportRow) -> list[SafeString]:
        """The cells of a row for the preview, with what is removed and added marked."""
        after = row.after or self.shown(row.instance)
        return [_marked(old, new) for old, new in zip(row.before or [""] * len(after), after, strict=True)]


def _why(instance: models.Model, error: Exception) -> ValidationError:
    """The message for a row that the database has refused."""
    try:
        instance.validate_unique()
        instance.validate_constraints()
    except ValidationError as found:
        return found
    refusal = refusal_for(error) if isinstance(error, IntegrityError) else None
    return ValidationError({NON_FIELD_ERRORS: str(refusal.detail if refusal else error)})


def _marked(old: str, new: str) -> SafeString:
    if old == new:
        return format_html("<span>{}</span>", new)
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    middle = [text[start : len(text) - end] for text in (old, new)]
    return format_html(DIFFERENCE, old[:start], *middle, old[len(old) - end :])


def _common(one: str, other: str) -> int:
    """How many characters at the beginning of two texts are the same."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def numbered(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[ImportRow]:
    """The rows of a table, counted from 1."""
    return (ImportRow(number, dict(zip(headers, cells, strict=True))) for number, cells in enumerate(rows, start=1))


def _read_digits(column: Field, cells: dict[str, Any]) -> None:
    """Dates may be written with digits of any script."""
    cell = cells[column.column_name]
    if isinstance(column.widget, DateWidget | DateTimeWidget) and isinstance(cell, str):
        cells[column.column_name] = latin_digits(cell)
