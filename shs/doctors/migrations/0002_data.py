import json

from django.conf import settings
from django.db import migrations


def load_specializations(apps, schema_editor):
    """The specialties of fixtures/specializations.json, so that a bare `migrate` has them."""
    specialization = apps.get_model("doctors", "DoctorSpecialization")
    entries = json.loads((settings.BASE_DIR / "fixtures" / "specializations.json").read_text(encoding="utf-8"))
    specialization.objects.bulk_create([specialization(**entry["fields"]) for entry in entries])


def index_search(apps, schema_editor):
    """Parts of words are found by trigrams on PostgreSQL; SQLite reads the column, which is fast at its size."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE INDEX doctor_search_trigrams ON doctors_doctorinformation USING gin (search_text gin_trgm_ops) "
            "WHERE verification_status = 'approved'"
        )


def drop_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX doctor_search_trigrams")


class Migration(migrations.Migration):
    dependencies = [("doctors", "0001_initial")]
    operations = [
        migrations.RunPython(load_specializations, migrations.RunPython.noop),
        migrations.RunPython(index_search, drop_index),
    ]
