from importlib import import_module

from django.db import migrations

signs = import_module("shs.predict.migrations.0011_combined_signs")


def bring_along(apps, schema_editor):
    """Words and rules for kinds of emergencies that were missed."""
    signs.bring(apps, "red_flags_6.toml")


class Migration(migrations.Migration):
    dependencies = [("predict", "0011_combined_signs")]
    operations = [migrations.RunPython(bring_along, migrations.RunPython.noop)]
