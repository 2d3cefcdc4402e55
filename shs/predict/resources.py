"""Import and export columns of the symptom checker's data. Entries in one cell are separated by bars:
`loose motion | loose stool`; the groups of a red flag by two bars: `chest pain | chest pressure || breathless`."""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import cast

from django.db.models import Model
from django.utils import timezone
from import_export.fields import Field
from import_export.formats import base_formats
from import_export.widgets import Widget

from shs.core.admin.importing import Key
from shs.core.admin.renderers import path_of
from shs.core.admin.resources import Columns, ImportResult
from shs.core.admin.rights import Rows
from shs.core.admin.sheets import PIECE
from shs.core.caller import Member
from shs.core.tabular import Table
from shs.doctors.models import DoctorSpecialization
from shs.predict import changes
from shs.predict.models import (
    AskedQuestion,
    Condition,
    ConditionSymptom,
    Guarded,
    Prediction,
    RedFlag,
    Symptom,
    WordList,
)
from shs.users.models import User


class Entries(Widget):
    """A list of texts in one cell."""

    def clean(self, value: object, row: object = None, **kwargs: object) -> list[str]:
        return [entry.strip() for entry in str(value or "").split("|") if entry.strip()]

    def render(self, value: Iterable[str] | None, obj: object = None, **kwargs: object) -> str:
        return " | ".join(value or [])


class Groups(Entries):
    """A list of lists of texts in one cell."""

    def clean(self, value: object, row: object = None, **kwargs: object) -> list[list[str]]:
        groups = [super(Groups, self).clean(group) for group in str(value or "").split("||")]
        return [group for group in groups if group]

    def render(self, value: Iterable[Iterable[str]] | None, obj: object = None, **kwargs: object) -> str:
        return " || ".join(super(Groups, self).render(group) for group in value or [])


def _list(name: str, widget: type[Widget] = Entries) -> Field:
    return Field(attribute=name, column_name=name, widget=widget())


def _key(name: str, model: type[Model]) -> Field:
    return Field(attribute=name, column_name=name, widget=Key(model, "slug"))


class ByTwo(Columns):
    """Columns of rows of which some fields are changed by two: the import stores what one person may change, and the
    rest waits."""

    def __init__(self, user: Member | None = None, **kwargs: object):
        super().__init__(user, **kwargs)
        self.wanted: dict[int, changes.Wanted] = {}
        self.waits = False

    def import_data_inner(self, dataset: Table, dry_run: bool, *args: object, **kwargs: object) -> ImportResult:
        result = super().import_data_inner(dataset, dry_run, *args, **kwargs)
        result.waits = self.waits
        return result

    def hold(self, rows: Sequence[Guarded]) -> None:
        self.wanted = {id(row): wanted for row, wanted in zip(rows, changes.held_back(rows), strict=True)}

    def stored(self, rows: Sequence[Guarded]) -> None:
        wanted = [self.wanted[id(row)] for row in rows]
        self.waits = self.waits or any(wanted)
        changes.ask(rows, wanted, by=cast(User, self.user), now=timezone.now())


class SymptomColumns(ByTwo):
    """Symptoms, by their short name."""

    synonyms = _list("synonyms")
    synonyms_bn = _list("synonyms_bn")
    synonyms_roman = _list("synonyms_roman")

    class Meta:
        model = Symptom
        import_id_fields = ("slug",)
        fields = ("slug", "name", "name_bn", "synonyms", "synonyms_bn", "synonyms_roman", "reviewed_by", "reviewed_on")
        export_order = fields


class ConditionColumns(ByTwo):
    """Conditions, by their short name; their symptoms are rows of a file of their own."""

    specialization = _key("specialization", DoctorSpecialization)
    red_flags = _list("red_flags")

    class Meta:
        model = Condition
        import_id_fields = ("slug",)
        fields = (
            "slug",
            "name",
            "icd10",
            "specialization",
            "base",
            "triage",
            "triage_source",
            "affects",
            "description",
            "advice",
            "red_flags",
            "source",
            "reviewed_on",
            "is_active",
        )
        export_order = fields


class ConditionSymptomColumns(ByTwo):
    """How usual symptoms are, by the short names of the condition and the symptom."""

    condition = _key("condition", Condition)
    symptom = _key("symptom", Symptom)

    class Meta:
        model = ConditionSymptom
        import_id_fields = ("condition", "symptom")
        fields = ("condition", "symptom", "usual", "percent", "source", "is_active")
        export_order = fields


class RedFlagColumns(ByTwo):
    """Red flags, by their short name."""

    groups = _list("groups", Groups)

    class Meta:
        model = RedFlag
        import_id_fields = ("slug",)
        fields = ("slug", "name", "groups", "message", "message_bn", "shows_hotline", "source", "is_active")
        export_order = fields


class WordListColumns(ByTwo):
    """Word lists of red flags, by their short name."""

    words = _list("words")

    class Meta:
        model = WordList
        import_id_fields = ("slug",)
        fields = ("slug", "words", "reviewed_by", "reviewed_on")
        export_order = fields


class PredictionColumns(Columns):
    """Questions to the symptom checker with their answers, export only."""

    class Meta:
        model = Prediction
        fields = (
            "id",
            "patient",
            "created_at",
            "symptoms",
            "status",
            "disease",
            "confidence",
            "urgent",
            "provider",
            "version",
        )
        export_order = fields


class JSONLines(base_formats.Format):
    """A line of JSON for each row, without empty columns: what `manage.py evaluate --set` reads."""

    def get_title(self) -> str:
        return "JSONL"

    def get_extension(self) -> str:
        return "jsonl"

    def get_content_type(self) -> str:
        return "application/jsonl; charset=utf-8"

    def is_binary(self) -> bool:
        return False

    def can_export(self) -> bool:
        return True


class QuestionColumns(Columns):
    """Judged questions as samples of a set: export only. What a sample must have is always exported."""

    triage = Field(attribute="needed", column_name="triage")
    kind = Field(attribute="asked_of", column_name="kind")
    condition = Field(attribute="right_condition", column_name="condition")

    class Meta:
        model = AskedQuestion
        fields = ("id", "text", "language", "triage", "kind", "condition")
        export_order = fields

    def pieces(self, file_format: base_formats.Format, rows: Rows, names: Sequence[str] | None) -> Iterator[bytes]:
        """The lines, in pieces; the first query is made at once."""
        columns = self.get_export_fields()
        found = rows.values_list(*map(path_of, columns)).iterator(PIECE)
        first = list(islice(found, 1))
        heads = [column.column_name for column in columns]
        return (_line(heads, values) for values in chain(first, found))


def _line(heads: Sequence[str], values: Sequence[object]) -> bytes:
    row = {name: str(value) for name, value in zip(heads, values, strict=True) if value}
    return f"{json.dumps(row, ensure_ascii=False)}\n".encode()
