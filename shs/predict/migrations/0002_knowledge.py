import json

from django.conf import settings
from django.db import migrations


def load_knowledge(apps, schema_editor):
    """The symptoms, conditions and red flags of the fixtures, so that a bare `migrate` has them."""
    symptoms = {entry["slug"]: _row(apps, "Symptom", entry) for entry in _entries("symptoms.json")}
    specialties = apps.get_model("doctors", "DoctorSpecialization").objects.in_bulk(field_name="slug")
    for entry in _entries("conditions.json"):
        pairs = entry.pop("symptoms")
        condition = _row(apps, "Condition", {**entry, "specialization": specialties[entry["specialization"]]})
        for pair in pairs:
            fields = {**pair, "symptom": symptoms[pair["symptom"]], "condition": condition}
            _row(apps, "ConditionSymptom", fields, key=("condition", "symptom"))
    for entry in _entries("red_flags.json"):
        _row(apps, "RedFlag", entry)


def _entries(name):
    return json.loads((settings.BASE_DIR / "fixtures" / name).read_text(encoding="utf-8"))


def _row(apps, model, fields, key=("slug",)):
    rows = apps.get_model("predict", model).objects
    return rows.get_or_create(**{part: fields[part] for part in key}, defaults=fields)[0]


class Migration(migrations.Migration):
    dependencies = [("predict", "0001_initial"), ("doctors", "0002_specializations")]
    operations = [migrations.RunPython(load_knowledge, migrations.RunPython.noop)]
