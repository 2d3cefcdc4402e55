import json

from django.conf import settings
from django.db import migrations


def entries(name):
    return json.loads((settings.BASE_DIR / "fixtures" / name).read_text(encoding="utf-8"))


def load_knowledge(apps, schema_editor):
    """The conditions, symptoms and red flags of the fixtures, so that a bare `migrate` has them."""
    model = {name: apps.get_model("predict", name) for name in ("Symptom", "Condition", "ConditionSymptom", "RedFlag")}
    places = dict(apps.get_model("doctors", "DoctorSpecialization").objects.values_list("slug", "pk"))
    symptoms = {entry["slug"]: model["Symptom"](**entry) for entry in entries("symptoms.json")}
    model["Symptom"].objects.bulk_create(symptoms.values())
    conditions, pairs = [], []
    for entry in entries("conditions.json"):
        listed, place = entry.pop("symptoms"), places[entry.pop("specialization")]
        conditions.append(model["Condition"](specialization_id=place, **entry))
        pairs += [(conditions[-1], pair) for pair in listed]
    model["Condition"].objects.bulk_create(conditions)
    model["ConditionSymptom"].objects.bulk_create(
        model["ConditionSymptom"](condition=condition, symptom=symptoms[pair.pop("symptom")], **pair)
        for condition, pair in pairs
    )
    model["RedFlag"].objects.bulk_create(model["RedFlag"](**entry) for entry in entries("red_flags.json"))


class Migration(migrations.Migration):
    dependencies = [("predict", "0001_initial"), ("doctors", "0003_review_answers")]
    operations = [migrations.RunPython(load_knowledge, migrations.RunPython.noop)]
