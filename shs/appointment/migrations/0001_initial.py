import django.db.models.deletion
import shs.core.context
import shs.core.records.constraints
import simple_history.models
from django.conf import settings
from django.db import migrations, models
from shs.core.records.migrations import InitialMigration


class Migration(InitialMigration):
    initial = True

    dependencies = [
        ("core", "0001_initial"),
        ("doctors", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AppointmentSlot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("starts_at", models.DateTimeField(verbose_name="from")),
                ("ends_at", models.DateTimeField(verbose_name="to")),
                (
                    "clinic",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="slots",
                        to="doctors.clinic",
                        verbose_name="clinic",
                    ),
                ),
                (
                    "doctor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="slots",
                        to="doctors.doctorinformation",
                        verbose_name="doctor",
                    ),
                ),
            ],
            options={
                "verbose_name": "slot",
                "verbose_name_plural": "slots",
                "ordering": ["-starts_at"],
                "constraints": [
                    models.UniqueConstraint(fields=("doctor", "starts_at"), name="appointmentslot_once"),
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                        name="appointmentslot_ends_after_start",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Appointment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("number", models.CharField(editable=False, max_length=20, unique=True, verbose_name="number")),
                ("serial", models.PositiveSmallIntegerField(verbose_name="serial")),
                ("starts_at", models.DateTimeField(verbose_name="when")),
                ("ends_at", models.DateTimeField(verbose_name="until")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "Requested"),
                            ("confirmed", "Confirmed"),
                            ("completed", "Completed"),
                            ("cancelled", "Cancelled"),
                            ("missed", "Missed"),
                        ],
                        default="pending",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[("app", "Patient app"), ("desk", "Clinic desk"), ("walk_in", "Walk-in")],
                        default="app",
                        max_length=10,
                        verbose_name="booked by",
                    ),
                ),
                ("is_extra", models.BooleanField(default=False, verbose_name="extra visit")),
                ("checked_in_at", models.DateTimeField(blank=True, null=True, verbose_name="checked in")),
                ("fee", models.DecimalField(decimal_places=2, max_digits=10, verbose_name="fee (BDT)")),
                ("reason", models.TextField(blank=True, max_length=500, verbose_name="reason for the visit")),
                ("notes", models.TextField(blank=True, max_length=2000, verbose_name="the doctor's notes")),
                (
                    "clinic",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appointments",
                        to="doctors.clinic",
                        verbose_name="clinic",
                    ),
                ),
                (
                    "doctor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appointments",
                        to="doctors.doctorinformation",
                        verbose_name="doctor",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appointments",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="patient",
                    ),
                ),
                (
                    "slot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appointments",
                        to="appointment.appointmentslot",
                        verbose_name="slot",
                    ),
                ),
            ],
            options={
                "verbose_name": "appointment",
                "verbose_name_plural": "appointments",
                "ordering": ["-starts_at", "-pk"],
                "permissions": [
                    ("book_appointment", "Can book a visit for themselves"),
                    ("attend_appointment", "Sees patients as a doctor"),
                    ("confirm_appointment", "Can confirm a visit"),
                    ("check_in_appointment", "Can say that the patient is there"),
                    ("complete_appointment", "Can say that a visit took place"),
                    ("cancel_appointment", "Can cancel a visit"),
                    ("miss_appointment", "Can say that nobody came"),
                    ("reschedule_appointment", "Can move a visit to another time"),
                    ("remind_appointment", "Can remind patients of their visits"),
                    ("annotate_appointment", "Can write the doctor's notes"),
                    ("read_reason_appointment", "Can read why the patient comes"),
                    ("export_appointment", "Can export visits"),
                ],
                "indexes": [
                    models.Index(fields=["patient", "-starts_at", "-id"], name="appointment_by_patient"),
                    models.Index(fields=["doctor", "-starts_at", "-id"], name="appointment_by_doctor"),
                    models.Index(fields=["clinic", "-starts_at", "-id"], name="appointment_by_clinic"),
                    models.Index(fields=["-starts_at", "-id"], name="appointment_by_time"),
                    models.Index(
                        condition=models.Q(("status__in", ("pending", "confirmed"))),
                        fields=["ends_at"],
                        name="appointment_overdue",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["pending", "confirmed", "completed", "cancelled", "missed"])
                        ),
                        name="appointment_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="appointment_ends_after_start"
                    ),
                    models.CheckConstraint(condition=models.Q(("serial__gte", 1)), name="appointment_serial_counts"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("checked_in_at", None), models.Q(("status", "pending"), _negated=True), _connector="OR"
                        ),
                        name="appointment_expected_before_checked_in",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status__in", ("pending", "confirmed", "completed"))),
                        fields=("slot",),
                        name="appointment_slot_taken_once",
                        violation_error_code="slot_taken",
                        violation_error_message="That time is no longer free.",
                    ),
                    shs.core.records.constraints.NeverOverlaps(
                        end="ends_at",
                        fields=("doctor",),
                        name="appointment_doctor_sees_one_at_a_time",
                        only=("status", ("pending", "confirmed", "completed")),
                        start="starts_at",
                        violation_error_code="slot_taken",
                        violation_error_message="That time is no longer free.",
                    ),
                    shs.core.records.constraints.NeverOverlaps(
                        end="ends_at",
                        fields=("patient",),
                        name="appointment_patient_in_one_place",
                        only=("status", ("pending", "confirmed", "completed")),
                        start="starts_at",
                        violation_error_code="patient_busy",
                        violation_error_message="The patient has another appointment at that time.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HistoricalAppointment",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                (
                    "history_request",
                    models.CharField(
                        blank=True, default=shs.core.context.request_id, max_length=32, verbose_name="request"
                    ),
                ),
                (
                    "history_address",
                    models.CharField(
                        blank=True, default=shs.core.context.request_address, max_length=45, verbose_name="from"
                    ),
                ),
                ("created_at", models.DateTimeField(blank=True, editable=False, verbose_name="created")),
                ("number", models.CharField(db_index=True, editable=False, max_length=20, verbose_name="number")),
                ("serial", models.PositiveSmallIntegerField(verbose_name="serial")),
                ("starts_at", models.DateTimeField(verbose_name="when")),
                ("ends_at", models.DateTimeField(verbose_name="until")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "Requested"),
                            ("confirmed", "Confirmed"),
                            ("completed", "Completed"),
                            ("cancelled", "Cancelled"),
                            ("missed", "Missed"),
                        ],
                        default="pending",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[("app", "Patient app"), ("desk", "Clinic desk"), ("walk_in", "Walk-in")],
                        default="app",
                        max_length=10,
                        verbose_name="booked by",
                    ),
                ),
                ("is_extra", models.BooleanField(default=False, verbose_name="extra visit")),
                ("checked_in_at", models.DateTimeField(blank=True, null=True, verbose_name="checked in")),
                ("fee", models.DecimalField(decimal_places=2, max_digits=10, verbose_name="fee (BDT)")),
                ("reason", models.TextField(blank=True, max_length=500, verbose_name="reason for the visit")),
                ("notes", models.TextField(blank=True, max_length=2000, verbose_name="the doctor's notes")),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField()),
                ("history_change_reason", models.TextField(null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "clinic",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="doctors.clinic",
                        verbose_name="clinic",
                    ),
                ),
                (
                    "doctor",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="doctors.doctorinformation",
                        verbose_name="doctor",
                    ),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="patient",
                    ),
                ),
                (
                    "slot",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="appointment.appointmentslot",
                        verbose_name="slot",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical appointment",
                "verbose_name_plural": "historical appointments",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [models.Index(fields=["history_date", "id"], name="appointment_history_a2e647_idx")],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalAppointmentSlot",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                (
                    "history_request",
                    models.CharField(
                        blank=True, default=shs.core.context.request_id, max_length=32, verbose_name="request"
                    ),
                ),
                (
                    "history_address",
                    models.CharField(
                        blank=True, default=shs.core.context.request_address, max_length=45, verbose_name="from"
                    ),
                ),
                ("created_at", models.DateTimeField(blank=True, editable=False, verbose_name="created")),
                ("starts_at", models.DateTimeField(verbose_name="from")),
                ("ends_at", models.DateTimeField(verbose_name="to")),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField()),
                ("history_change_reason", models.TextField(null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "clinic",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="doctors.clinic",
                        verbose_name="clinic",
                    ),
                ),
                (
                    "doctor",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="doctors.doctorinformation",
                        verbose_name="doctor",
                    ),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical slot",
                "verbose_name_plural": "historical slots",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [models.Index(fields=["history_date", "id"], name="appointment_history_27a07b_idx")],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
    ]
