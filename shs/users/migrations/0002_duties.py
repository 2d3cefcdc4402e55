from django.db import migrations

DUTIES = ["Verification officers", "Clinic desk", "Moderators", "Auditors"]


def make_groups(apps, schema_editor):
    """The groups from which staff get their duty; what each may do stands in the grant tables."""
    groups = apps.get_model("auth", "Group").objects
    for name in DUTIES:
        groups.get_or_create(name=name)


class Migration(migrations.Migration):
    dependencies = [("users", "0001_initial"), ("auth", "0012_alter_user_first_name_max_length")]
    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]
