from django.db import migrations
from django.db.models import Exists, OuterRef


def confirm(apps, schema_editor):
    """Who has set a password by a link that was sent to the present address has confirmed it: new resets note that."""
    user, history = apps.get_model("users", "User"), apps.get_model("users", "HistoricalUser")
    resets = history.objects.filter(
        id=OuterRef("pk"), email=OuterRef("email"), history_change_reason="reset by e-mail"
    )
    user.objects.filter(Exists(resets), is_verified=False).update(is_verified=True)


class Migration(migrations.Migration):
    dependencies = [("users", "0005_address_changes")]
    operations = [migrations.RunPython(confirm, migrations.RunPython.noop)]
