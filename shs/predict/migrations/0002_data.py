import json

from django.conf import settings
from django.db import migrations


def load_knowledge(apps, schema_editor):
    """The symptoms, conditions and red flags of the fixtures, so that a bare `migrate` has them."""
    symptoms = _load(apps, "Symptom", _entries("symptoms.json"))
    specialties = apps.get_model("doctors", "DoctorSpecialization").objects.in_bulk(field_name="slug")
    entries = _entries("conditions.json")
    pairs_of = {entry["slug"]: entry.pop("symptoms") for entry in entries}
    for entry in entries:
        entry["specialization"] = specialties[entry["specialization"]]
    conditions = _load(apps, "Condition", entries)
    pair = apps.get_model("predict", "ConditionSymptom")
    pair.objects.bulk_create(
        [
            pair(**{**fields, "condition": conditions[slug], "symptom": symptoms[fields["symptom"]]})
            for slug, pairs in pairs_of.items()
            for fields in pairs
        ]
    )
    _load(apps, "RedFlag", _entries("red_flags.json"))


def _entries(name):
    return json.loads((settings.BASE_DIR / "fixtures" / name).read_text(encoding="utf-8"))


def _load(apps, name, entries):
    """Slug -> row of the model `name`, for each of `entries`."""
    model = apps.get_model("predict", name)
    return {row.slug: row for row in model.objects.bulk_create([model(**entry) for entry in entries])}


class Migration(migrations.Migration):
    dependencies = [("predict", "0001_initial"), ("doctors", "0002_data")]
    operations = [migrations.RunPython(load_knowledge, migrations.RunPython.noop)]
