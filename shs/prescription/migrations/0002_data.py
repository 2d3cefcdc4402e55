import json

from django.conf import settings
from django.db import migrations

CATALOGUES = {"medications.json": "Medication", "medical_tests.json": "MedicalTest"}


def load_catalogues(apps, schema_editor):
    """The medicines and tests of the fixtures, so that a bare `migrate` has them."""
    for name, model in CATALOGUES.items():
        row = apps.get_model("prescription", model)
        entries = json.loads((settings.BASE_DIR / "fixtures" / name).read_text(encoding="utf-8"))
        row.objects.bulk_create([row(**entry["fields"]) for entry in entries])


class Migration(migrations.Migration):
    dependencies = [("prescription", "0001_initial")]
    operations = [migrations.RunPython(load_catalogues, migrations.RunPython.noop)]
