import json

from django.conf import settings
from django.db import migrations

CATALOGUES = {
    "medications.json": ("Medication", ("generic_name", "form", "strength")),
    "medical_tests.json": ("MedicalTest", ("name",)),
}


def load_catalogues(apps, schema_editor):
    """The medicines and tests of the fixtures, so that a bare `migrate` has them."""
    for name, (model, key) in CATALOGUES.items():
        rows = apps.get_model("prescription", model).objects
        for entry in json.loads((settings.BASE_DIR / "fixtures" / name).read_text(encoding="utf-8")):
            fields = entry["fields"]
            rows.get_or_create(**{part: fields[part] for part in key}, defaults=fields)


class Migration(migrations.Migration):
    dependencies = [("prescription", "0001_initial")]
    operations = [migrations.RunPython(load_catalogues, migrations.RunPython.noop)]
