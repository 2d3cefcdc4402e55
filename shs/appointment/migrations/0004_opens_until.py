from datetime import timedelta

from django.conf import settings
from django.db import migrations
from django.db.models import DateTimeField, ExpressionWrapper, F


def fill(apps, schema_editor):
    """What is derived at confirmation, and how it is known whose visit it is, for the visits from before."""
    visits = apps.get_model("appointment", "Appointment").objects
    after = timedelta(days=settings.RECORD_ACCESS_DAYS)
    until = ExpressionWrapper(F("ends_at") + after, output_field=DateTimeField())
    visits.filter(status__in=["confirmed", "completed"]).update(opens_until=until)
    visits.filter(source__in=["desk", "walk_in"]).update(identity="earlier")


class Migration(migrations.Migration):
    dependencies = [("appointment", "0003_proof_of_identity")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
