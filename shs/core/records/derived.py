"""Columns that follow from others of the row, for searches: the words of a name as it is heard, and the digits of a
phone number. They are stored with the row however it is saved, and have no history."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Lookup, Model, TextField
from django.db.models.sql.compiler import SQLCompiler

from shs.core.names import asked, fold, stored
from shs.core.records.words import Sql, matches

if TYPE_CHECKING:
    Text = TextField[str, str]
else:
    Text = TextField


class DerivedField(Text):
    """A text that `derive` makes of the columns `of` of its row."""

    def __init__(self, *args: Any, of: Sequence[str] = (), **kwargs: Any) -> None:
        self.of = tuple(of)
        super().__init__(*args, **{"blank": True, "default": "", "editable": False, **kwargs})

    def deconstruct(self) -> tuple[str, str, Sequence[object], dict[str, object]]:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "of": self.of}

    def derive(self, *values: str) -> str:
        """The text for these values of the columns `of`."""
        raise NotImplementedError

    def of_row(self, row: object) -> str:
        """The text for a row."""
        return self.derive(*(getattr(row, name) or "" for name in self.of))

    def pre_save(self, model_instance: Model, add: bool) -> str:
        text = self.of_row(model_instance)
        setattr(model_instance, self.attname, text)
        return text


class HeardField(DerivedField):
    """The words of the names in the columns `of`, as they are heard (`shs.core.names`). `heard__sounds="Rohoman"` finds
    Rahman and রহমান; `heard__nearly` also names of which each word differs in a letter. Needs a WordsIndex."""

    def derive(self, *values: str) -> str:
        return stored(*values)


@HeardField.register_lookup
class Sounds(Lookup):
    """The row has, for each word of a text, a word that begins with it or is heard as it."""

    lookup_name = "sounds"
    prepare_rhs = False
    nearly = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Sql:
        return matches(self, asked(str(self.rhs), nearly=self.nearly), compiler)


@HeardField.register_lookup
class Nearly(Sounds):
    """As Sounds, also with a wrong, missing or extra letter in each word."""

    lookup_name = "nearly"
    nearly = True


class DigitsField(DerivedField):
    """The digits of the phone numbers in the columns `of`: see `phone_digits`. `digits__holds="1712"` finds by a part;
    needs a GramsIndex."""

    def derive(self, *values: str) -> str:
        return " ".join(filter(None, map(phone_digits, values)))


COUNTRY = "880"


def phone_digits(text: str) -> str:
    """The digits of a phone number in any spelling, also in Bangla, as it is written within Bangladesh: those of
    +880 1712-345678 and 01712345678 are the same. A foreign number begins with its country code."""
    found = "".join(letter for letter in fold(text) if letter in "0123456789").removeprefix("00")
    return f"0{found.removeprefix(COUNTRY)}" if found.startswith(COUNTRY) else found


def heard_column(model: type[Model], name: str) -> str:
    """The name of the HeardField that is made of the column `name` of `model`; "" if there is none."""
    return next((f.name for f in model._meta.concrete_fields if isinstance(f, HeardField) and name in f.of), "")


def derived_from(model: type[Model], names: Collection[str]) -> list[DerivedField]:
    """The derived columns of `model` that are made of one of the columns `names`."""
    changed = set(names)
    derived = (field for field in model._meta.concrete_fields if isinstance(field, DerivedField))
    return [field for field in derived if changed & set(field.of)]
