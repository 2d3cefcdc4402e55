"""Import and export columns of the symptom checker's data. Entries in one cell are separated by bars:
`loose motion | loose stool`; the groups of a red flag by two bars: `chest pain | chest pressure || breathless`."""

from collections.abc import Iterable

from django.db.models import Model
from import_export.fields import Field
from import_export.widgets import ForeignKeyWidget, Widget

from shs.core.admin.resources import Columns
from shs.doctors.models import DoctorSpecialization
from shs.predict.models import Condition, ConditionSymptom, RedFlag, Symptom


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
    return Field(attribute=name, column_name=name, widget=ForeignKeyWidget(model, "slug"))


class SymptomColumns(Columns):
    """Symptoms, by their short name."""

    synonyms = _list("synonyms")
    synonyms_bn = _list("synonyms_bn")

    class Meta(Columns.Meta):
        model = Symptom
        import_id_fields = ("slug",)
        fields = ("slug", "name", "name_bn", "synonyms", "synonyms_bn")
        export_order = fields


class ConditionColumns(Columns):
    """Conditions, by their short name; their symptoms are rows of a file of their own."""

    specialization = _key("specialization", DoctorSpecialization)
    red_flags = _list("red_flags")

    class Meta(Columns.Meta):
        model = Condition
        import_id_fields = ("slug",)
        fields = (
            "slug",
            "name",
            "icd10",
            "specialization",
            "base",
            "description",
            "advice",
            "red_flags",
            "source",
            "reviewed_on",
            "is_active",
        )
        export_order = fields


class ConditionSymptomColumns(Columns):
    """How usual symptoms are, by the short names of the condition and the symptom."""

    condition = _key("condition", Condition)
    symptom = _key("symptom", Symptom)

    class Meta(Columns.Meta):
        model = ConditionSymptom
        import_id_fields = ("condition", "symptom")
        fields = ("condition", "symptom", "usual", "percent", "source")
        export_order = fields


class RedFlagColumns(Columns):
    """Red flags, by their short name."""

    groups = _list("groups", Groups)

    class Meta(Columns.Meta):
        model = RedFlag
        import_id_fields = ("slug",)
        fields = ("slug", "name", "groups", "message", "message_bn", "source", "is_active")
        export_order = fields
