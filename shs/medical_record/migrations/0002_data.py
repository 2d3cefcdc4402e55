import json

from django.conf import settings
from django.db import migrations


def load_codes(apps, schema_editor):
    """The codes of fixtures/icd10_codes.json, so that a bare `migrate` has them."""
    code = apps.get_model("medical_record", "ConditionCode")
    entries = json.loads((settings.BASE_DIR / "fixtures" / "icd10_codes.json").read_text(encoding="utf-8"))
    code.objects.bulk_create([code(**entry["fields"]) for entry in entries])


class Migration(migrations.Migration):
    dependencies = [("medical_record", "0001_initial")]
    operations = [migrations.RunPython(load_codes, migrations.RunPython.noop)]
