from django.db import migrations
from django.db.models import Exists, OuterRef
from django.utils import timezone

BATCH = 500
DEATH = "the patient has died"


def fill(apps, schema_editor):
    """Who cancelled the visits from before, as far as their history tells; and requests that nobody had answered, which
    counted as missed by the patient."""
    by_whom(apps)
    not_answered(apps)


def by_whom(apps):
    Visit, Line = (apps.get_model("appointment", name) for name in ("Appointment", "HistoricalAppointment"))
    Guardianship = apps.get_model("users", "Guardianship")
    guardians = set(Guardianship.objects.values_list("guardian", "dependant"))
    visits = Visit.objects.filter(status="cancelled", cancelled_by="")
    for rows in batches(visits, "pk", "patient", "doctor__user"):
        lines = Line.objects.filter(id__in=[row[0] for row in rows], status="cancelled")
        first = {}  # nothing leads back from "cancelled", so the first line is that of the cancellation
        for pk, user, reason in lines.order_by("-history_date", "-history_id").values_list(
            "id", "history_user", "history_change_reason"
        ):
            first[pk] = (user, reason)
        found = {}
        for pk, patient, doctor in rows:
            user, reason = first.get(pk, (None, None))
            if reason == DEATH:
                found.setdefault(("patient", "died"), []).append(pk)
            elif user is not None:
                is_patients = user == patient or (user, patient) in guardians
                side = "doctor" if user == doctor else "patient" if is_patients else "clinic"
                found.setdefault((side, "other"), []).append(pk)
        for (side, code), keys in found.items():
            Visit.objects.filter(pk__in=keys).update(cancelled_by=side, cancel_code=code)


def not_answered(apps):
    Visit, Line = (apps.get_model("appointment", name) for name in ("Appointment", "HistoricalAppointment"))
    lines = Line.objects.filter(id=OuterRef("pk"))
    missed = Visit.objects.filter(
        Exists(lines.filter(status="pending")), ~Exists(lines.filter(status="confirmed")), status="missed"
    )
    logged = {field.attname for field in Line._meta.concrete_fields}
    now, columns = timezone.now(), [field.attname for field in Visit._meta.concrete_fields if field.attname in logged]
    for rows in batches(missed, "pk"):
        visits = list(Visit.objects.filter(pk__in=[row[0] for row in rows]))
        for visit in visits:
            visit.status, visit.cancelled_by, visit.cancel_code = "cancelled", "nobody", "not_answered"
        Visit.objects.bulk_update(visits, ["status", "cancelled_by", "cancel_code"])
        more = {"history_date": now, "history_type": "~", "history_change_reason": "upgrade: nobody had answered it"}
        Line.objects.bulk_create(
            [Line(**{name: getattr(visit, name) for name in columns}, **more) for visit in visits]
        )


def batches(rows, *fields):
    found = list(rows.order_by("pk").values_list(*fields))
    return [found[at : at + BATCH] for at in range(0, len(found), BATCH)]


class Migration(migrations.Migration):
    dependencies = [("appointment", "0008_ends"), ("users", "0017_guardianship")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
