from django.db import migrations

DUTIES = ["Verification officers", "Clinic desk", "Moderators", "Auditors"]


def make_groups(apps, schema_editor):
    """The groups from which staff get their duty; what each may do stands in the grant tables."""
    group = apps.get_model("auth", "Group")
    group.objects.bulk_create([group(name=name) for name in DUTIES])


class Migration(migrations.Migration):
    dependencies = [("users", "0001_initial")]
    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]
