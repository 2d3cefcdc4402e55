import django.core.validators
import django.db.models.deletion
import shs.core.context
import shs.prescription.models.prescription
import simple_history.models
from django.conf import settings
from django.db import migrations, models
from shs.core.records.migrations import InitialMigration


class Migration(InitialMigration):
    initial = True

    dependencies = [
        ("core", "0001_initial"),
        ("appointment", "0001_initial"),
        ("doctors", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MedicalTest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "name",
                    models.CharField(
                        error_messages={"unique": "This test is already in the catalogue."},
                        max_length=150,
                        unique=True,
                        verbose_name="name",
                    ),
                ),
                (
                    "loinc_code",
                    models.CharField(
                        blank=True,
                        max_length=10,
                        validators=[
                            django.core.validators.RegexValidator("^[0-9]{1,7}-[0-9]$", "Enter a code such as 718-7.")
                        ],
                        verbose_name="LOINC code",
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=255, verbose_name="source")),
            ],
            options={
                "verbose_name": "medical test",
                "verbose_name_plural": "medical tests",
                "ordering": ["name"],
                "permissions": [
                    ("import_medicaltest", "Can import medical tests"),
                    ("export_medicaltest", "Can export medical tests"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="medicaltest_named")
                ],
            },
        ),
        migrations.CreateModel(
            name="Medication",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("generic_name", models.CharField(max_length=150, verbose_name="generic name")),
                ("form", models.CharField(max_length=60, verbose_name="form")),
                ("strength", models.CharField(blank=True, max_length=60, verbose_name="strength")),
                (
                    "atc_code",
                    models.CharField(
                        blank=True,
                        max_length=7,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[A-Z][0-9]{2}([A-Z]([A-Z]([0-9]{2})?)?)?$", "Enter a code such as J01CA04."
                            )
                        ],
                        verbose_name="ATC code",
                    ),
                ),
                ("drug_class", models.CharField(blank=True, max_length=100, verbose_name="class")),
                ("source", models.CharField(blank=True, max_length=255, verbose_name="source")),
            ],
            options={
                "verbose_name": "medication",
                "verbose_name_plural": "medications",
                "ordering": ["generic_name", "form", "strength"],
                "permissions": [
                    ("import_medication", "Can import medications"),
                    ("export_medication", "Can export medications"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("generic_name", "form", "strength"),
                        name="medication_once",
                        violation_error_message="This medication is already in the catalogue.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("generic_name", ""), _negated=True), models.Q(("form", ""), _negated=True)
                        ),
                        name="medication_named",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Prescription",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "code",
                    models.CharField(
                        default=shs.prescription.models.prescription.new_code,
                        editable=False,
                        max_length=20,
                        unique=True,
                        verbose_name="code",
                    ),
                ),
                ("version", models.PositiveSmallIntegerField(default=1, editable=False, verbose_name="version")),
                ("diagnosis", models.TextField(max_length=500, verbose_name="diagnosis")),
                ("symptoms", models.TextField(blank=True, max_length=2000, verbose_name="symptoms")),
                ("advice", models.TextField(blank=True, max_length=2000, verbose_name="advice")),
                ("follow_up_date", models.DateField(blank=True, null=True, verbose_name="follow-up")),
                ("vital_signs", models.JSONField(blank=True, default=dict, verbose_name="vital signs")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("issued", "Issued"),
                            ("amended", "Amended"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("issued_at", models.DateTimeField(blank=True, null=True, verbose_name="issued")),
                (
                    "parties",
                    models.JSONField(blank=True, default=dict, editable=False, verbose_name="names when issued"),
                ),
                ("not_checked", models.JSONField(blank=True, default=list, editable=False, verbose_name="not checked")),
                ("digest", models.CharField(blank=True, editable=False, max_length=64, verbose_name="seal (SHA-256)")),
                ("status_reason", models.CharField(blank=True, max_length=500, verbose_name="reason for ending")),
                (
                    "amends",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="amended_by",
                        to="prescription.prescription",
                        verbose_name="replaces",
                    ),
                ),
                (
                    "appointment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="prescriptions",
                        to="appointment.appointment",
                        verbose_name="appointment",
                    ),
                ),
                (
                    "doctor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="prescriptions",
                        to="doctors.doctorinformation",
                        verbose_name="doctor",
                    ),
                ),
                (
                    "original",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="prescription.prescription",
                        verbose_name="first version",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="prescriptions",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="patient",
                    ),
                ),
            ],
            options={
                "verbose_name": "prescription",
                "verbose_name_plural": "prescriptions",
                "ordering": ["-issued_at", "-pk"],
                "permissions": [
                    ("issue_prescription", "Can issue a prescription"),
                    ("amend_prescription", "Can amend an issued prescription"),
                    ("cancel_prescription", "Can cancel a prescription"),
                    ("export_prescription", "Can export prescriptions"),
                ],
                "indexes": [
                    models.Index(fields=["patient", "-issued_at", "-id"], name="prescription_by_patient"),
                    models.Index(fields=["doctor", "-issued_at", "-id"], name="prescription_by_doctor"),
                    models.Index(fields=["-issued_at", "-id"], name="prescription_by_time"),
                    models.Index(
                        condition=models.Q(("status", "issued")),
                        fields=["follow_up_date"],
                        name="prescription_follow_up",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["draft", "issued", "amended", "cancelled"])),
                        name="prescription_status_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "issued")),
                        fields=("appointment",),
                        name="prescription_issued_once",
                        violation_error_code="prescription_exists",
                        violation_error_message="This visit already has a prescription.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "draft")),
                        fields=("appointment", "status"),
                        name="prescription_drafted_once",
                        violation_error_code="prescription_exists",
                        violation_error_message="There is already a draft prescription for this visit.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("digest", ""), ("issued_at__isnull", True), ("status__in", ["draft", "cancelled"])
                            ),
                            models.Q(
                                ("issued_at__isnull", False),
                                ("status__in", ["issued", "amended", "cancelled"]),
                                models.Q(("digest", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="prescription_sealed_when_issued",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("amends__isnull", True), ("original__isnull", True), ("version", 1)),
                            models.Q(("amends__isnull", False), ("original__isnull", False), ("version__gte", 2)),
                            _connector="OR",
                        ),
                        name="prescription_version_names_the_old",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amends", models.F("id")), _negated=True),
                        name="prescription_amends_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status__in", ["amended", "cancelled"]), _negated=True),
                            models.Q(("status_reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="prescription_reasoned_when_ended",
                        violation_error_message="Enter a reason.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("diagnosis", ""), _negated=True), name="prescription_diagnosed"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OrderedTest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("name", models.CharField(max_length=150, verbose_name="name")),
                ("instructions", models.CharField(blank=True, max_length=255, verbose_name="instructions")),
                (
                    "test",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="prescription.medicaltest",
                        verbose_name="catalogue",
                    ),
                ),
                (
                    "prescription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tests",
                        to="prescription.prescription",
                        verbose_name="prescription",
                    ),
                ),
            ],
            options={
                "verbose_name": "ordered test",
                "verbose_name_plural": "ordered tests",
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="orderedtest_named")
                ],
            },
        ),
        migrations.CreateModel(
            name="PrescriptionLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("name", models.CharField(max_length=150, verbose_name="name")),
                ("instructions", models.CharField(blank=True, max_length=255, verbose_name="instructions")),
                ("dosage", models.CharField(max_length=100, verbose_name="dose")),
                ("frequency", models.CharField(max_length=100, verbose_name="how often")),
                (
                    "duration_days",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(730),
                        ],
                        verbose_name="days",
                    ),
                ),
                (
                    "medication",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="prescription.medication",
                        verbose_name="catalogue",
                    ),
                ),
                (
                    "prescription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="prescription.prescription",
                        verbose_name="prescription",
                    ),
                ),
            ],
            options={
                "verbose_name": "medicine",
                "verbose_name_plural": "medicines",
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("duration_days__gte", 1), ("duration_days__lte", 730)),
                        name="prescriptionline_duration_sane",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("name", ""), _negated=True),
                            models.Q(("dosage", ""), _negated=True),
                            models.Q(("frequency", ""), _negated=True),
                        ),
                        name="prescriptionline_complete",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PrescriptionWarning",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("key", models.CharField(max_length=200, verbose_name="key")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("allergy", "Allergy"),
                            ("duplicate", "Duplicate on this prescription"),
                            ("active", "Already taken by the patient"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("medication", models.CharField(max_length=150, verbose_name="medicine")),
                ("text", models.CharField(max_length=700, verbose_name="warning")),
                ("reason", models.CharField(max_length=500, verbose_name="reason for issuing despite the warning")),
                (
                    "acknowledged_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "prescription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="warnings",
                        to="prescription.prescription",
                        verbose_name="prescription",
                    ),
                ),
            ],
            options={
                "verbose_name": "acknowledged warning",
                "verbose_name_plural": "acknowledged warnings",
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["allergy", "duplicate", "active"])),
                        name="prescriptionwarning_kind_known",
                    ),
                    models.UniqueConstraint(fields=("prescription", "key"), name="prescriptionwarning_once"),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="prescriptionwarning_reasoned"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HistoricalMedicalTest",
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
                (
                    "name",
                    models.CharField(
                        db_index=True,
                        error_messages={"unique": "This test is already in the catalogue."},
                        max_length=150,
                        verbose_name="name",
                    ),
                ),
                (
                    "loinc_code",
                    models.CharField(
                        blank=True,
                        max_length=10,
                        validators=[
                            django.core.validators.RegexValidator("^[0-9]{1,7}-[0-9]$", "Enter a code such as 718-7.")
                        ],
                        verbose_name="LOINC code",
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=255, verbose_name="source")),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField()),
                ("history_change_reason", models.TextField(null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
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
                "verbose_name": "historical medical test",
                "verbose_name_plural": "historical medical tests",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [models.Index(fields=["history_date", "id"], name="prescriptio_history_177d3a_idx")],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalMedication",
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
                ("generic_name", models.CharField(max_length=150, verbose_name="generic name")),
                ("form", models.CharField(max_length=60, verbose_name="form")),
                ("strength", models.CharField(blank=True, max_length=60, verbose_name="strength")),
                (
                    "atc_code",
                    models.CharField(
                        blank=True,
                        max_length=7,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[A-Z][0-9]{2}([A-Z]([A-Z]([0-9]{2})?)?)?$", "Enter a code such as J01CA04."
                            )
                        ],
                        verbose_name="ATC code",
                    ),
                ),
                ("drug_class", models.CharField(blank=True, max_length=100, verbose_name="class")),
                ("source", models.CharField(blank=True, max_length=255, verbose_name="source")),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField()),
                ("history_change_reason", models.TextField(null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
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
                "verbose_name": "historical medication",
                "verbose_name_plural": "historical medications",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [models.Index(fields=["history_date", "id"], name="prescriptio_history_69dfd2_idx")],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalOrderedTest",
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
                ("name", models.CharField(max_length=150, verbose_name="name")),
                ("instructions", models.CharField(blank=True, max_length=255, verbose_name="instructions")),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField()),
                ("history_change_reason", models.TextField(null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
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
                    "test",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="prescription.medicaltest",
                        verbose_name="catalogue",
                    ),
                ),
                (
                    "prescription",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="prescription.prescription",
                        verbose_name="prescription",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical ordered test",
                "verbose_name_plural": "historical ordered tests",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [models.Index(fields=["history_date", "id"], name="prescriptio_history_0b5e8d_idx")],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalPrescription",
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
                (
                    "code",
                    models.CharField(
                        db_index=True,
                        default=shs.prescription.models.prescription.new_code,
                        editable=False,
                        max_length=20,
                        verbose_name="code",
                    ),
                ),
                ("version", models.PositiveSmallIntegerField(default=1, editable=False, verbose_name="version")),
                ("diagnosis", models.TextField(max_length=500, verbose_name="diagnosis")),
                ("symptoms", models.TextField(blank=True, max_length=2000, verbose_name="symptoms")),
                ("advice", models.TextField(blank=True, max_length=2000, verbose_name="advice")),
                ("follow_up_date", models.DateField(blank=True, null=True, verbose_name="follow-up")),
                ("vital_signs", models.JSONField(blank=True, default=dict, verbose_name="vital signs")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("issued", "Issued"),
                            ("amended", "Amended"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="draft",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("issued_at", models.DateTimeField(blank=True, null=True, verbose_name="issued")),
                (
                    "parties",
                    models.JSONField(blank=True, default=dict, editable=False, verbose_name="names when issued"),
                ),
                ("not_checked", models.JSONField(blank=True, default=list, editable=False, verbose_name="not checked")),
                ("digest", models.CharField(blank=True, editable=False, max_length=64, verbose_name="seal (SHA-256)")),
                ("status_reason", models.CharField(blank=True, max_length=500, verbose_name="reason for ending")),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField()),
                ("history_change_reason", models.TextField(null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "appointment",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="appointment.appointment",
                        verbose_name="appointment",
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
                    "amends",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="prescription.prescription",
                        verbose_name="replaces",
                    ),
                ),
                (
                    "original",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="prescription.prescription",
                        verbose_name="first version",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical prescription",
                "verbose_name_plural": "historical prescriptions",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [models.Index(fields=["history_date", "id"], name="prescriptio_history_cef491_idx")],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalPrescriptionLine",
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
                ("name", models.CharField(max_length=150, verbose_name="name")),
                ("instructions", models.CharField(blank=True, max_length=255, verbose_name="instructions")),
                ("dosage", models.CharField(max_length=100, verbose_name="dose")),
                ("frequency", models.CharField(max_length=100, verbose_name="how often")),
                (
                    "duration_days",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(730),
                        ],
                        verbose_name="days",
                    ),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField()),
                ("history_change_reason", models.TextField(null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
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
                    "medication",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="prescription.medication",
                        verbose_name="catalogue",
                    ),
                ),
                (
                    "prescription",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="prescription.prescription",
                        verbose_name="prescription",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical medicine",
                "verbose_name_plural": "historical medicines",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [models.Index(fields=["history_date", "id"], name="prescriptio_history_5cdf11_idx")],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalPrescriptionWarning",
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
                ("key", models.CharField(max_length=200, verbose_name="key")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("allergy", "Allergy"),
                            ("duplicate", "Duplicate on this prescription"),
                            ("active", "Already taken by the patient"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("medication", models.CharField(max_length=150, verbose_name="medicine")),
                ("text", models.CharField(max_length=700, verbose_name="warning")),
                ("reason", models.CharField(max_length=500, verbose_name="reason for issuing despite the warning")),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField()),
                ("history_change_reason", models.TextField(null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "acknowledged_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
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
                    "prescription",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="prescription.prescription",
                        verbose_name="prescription",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical acknowledged warning",
                "verbose_name_plural": "historical acknowledged warnings",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [models.Index(fields=["history_date", "id"], name="prescriptio_history_6ca0a8_idx")],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
    ]
