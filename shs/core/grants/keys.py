"""A condition that a key is one of many ids, as one query parameter: hundreds of ids take no longer to compile than
one, no limit on the number of parameters applies, and the index of the key is used."""

import json
from collections.abc import Collection

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, F, Func, Q
from django.db.models.sql.compiler import SQLCompiler

from shs.core.grants.table import NOTHING

Compiled = tuple[str, list[object]]


class _Among(Func):
    output_field = BooleanField()
    arity = 1

    def __init__(self, key: F, ids: tuple[int, ...]) -> None:
        super().__init__(key)
        self.ids = ids

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_extra: object) -> Compiled:
        sql, params = compiler.compile(self.source_expressions[0])
        return f"{sql} IN (SELECT value FROM json_each(%s))", [*params, json.dumps(self.ids)]  # noqa: S608

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_extra: object) -> Compiled:
        sql, params = compiler.compile(self.source_expressions[0])
        return f"{sql} = ANY(%s::bigint[])", [*params, list(self.ids)]


def among(path: str, ids: Collection[int]) -> Q:
    """The rows whose key at `path` is one of `ids`, such as `among("patient", ids)`; NOTHING if there are none."""
    return Q(_Among(F(path), tuple(sorted(ids)))) if ids else NOTHING
