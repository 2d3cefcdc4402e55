import django.db.models.deletion
import shs.core.context
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
            name="CaseNote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("text", models.TextField(max_length=2000, verbose_name="note")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="case_notes",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "doctor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="case_notes",
                        to="doctors.doctorinformation",
                        verbose_name="doctor",
                    ),
                ),
            ],
            options={
                "verbose_name": "internal note",
                "verbose_name_plural": "internal notes",
                "ordering": ["-pk"],
                "default_permissions": ("view",),
            },
        ),
        migrations.CreateModel(
            name="DoctorDocument",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("license", "Licence certificate"),
                            ("degree", "Degree"),
                            ("identity", "Identity card"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("file", models.FileField(max_length=120, upload_to="", verbose_name="file")),
                ("original_name", models.CharField(max_length=150, verbose_name="name of the file")),
                ("content_type", models.CharField(max_length=20, verbose_name="type")),
                ("size", models.PositiveIntegerField(verbose_name="size (bytes)")),
                ("expires_on", models.DateField(blank=True, null=True, verbose_name="valid until")),
                (
                    "doctor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="documents",
                        to="doctors.doctorinformation",
                        verbose_name="doctor",
                    ),
                ),
            ],
            options={
                "verbose_name": "document",
                "verbose_name_plural": "documents",
                "ordering": ["kind", "-pk"],
                "permissions": [("read_doctordocument", "Can open the document itself")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["license", "degree", "identity"])),
                        name="doctordocument_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("content_type__in", ["application/pdf", "image/jpeg", "image/png"])),
                        name="doctordocument_type_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RegisterEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("license_number", models.CharField(max_length=30, unique=True, verbose_name="licence number")),
                ("name", models.CharField(max_length=150, verbose_name="name as on the register")),
                ("degree", models.CharField(blank=True, max_length=200, verbose_name="degree")),
                (
                    "standing",
                    models.CharField(
                        choices=[("good", "In good standing"), ("suspended", "Suspended"), ("removed", "Removed")],
                        default="good",
                        max_length=10,
                        verbose_name="standing",
                    ),
                ),
                ("valid_until", models.DateField(blank=True, null=True, verbose_name="valid until")),
                ("source", models.CharField(max_length=150, verbose_name="source")),
                ("as_of", models.DateField(verbose_name="as of")),
            ],
            options={
                "verbose_name": "register entry",
                "verbose_name_plural": "register of doctors",
                "ordering": ["license_number"],
                "permissions": [
                    ("import_registerentry", "Can import the register"),
                    ("export_registerentry", "Can export the register"),
                ],
                "default_permissions": ("view", "add", "change"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("standing__in", ["good", "suspended", "removed"])),
                        name="registerentry_standing_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("license_number", ""), _negated=True),
                        name="registerentry_licensed",
                        violation_error_message="Enter the licence number.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="VerificationCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("register", "Found in the register"),
                            ("identity", "Name matches register and identity card"),
                            ("standing", "In good standing"),
                            ("degree", "Degree"),
                            ("photo", "Photo matches the identity card"),
                            ("duplicates", "No second account of the same person"),
                        ],
                        max_length=12,
                        verbose_name="check",
                    ),
                ),
                (
                    "result",
                    models.CharField(
                        choices=[("pass", "Pass"), ("fail", "Fail"), ("not_applicable", "Not applicable")],
                        max_length=15,
                        verbose_name="result",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="note")),
                ("at", models.DateTimeField(verbose_name="checked")),
                ("is_current", models.BooleanField(default=True, verbose_name="of the present application")),
                ("source", models.CharField(blank=True, max_length=150, verbose_name="source")),
                ("source_date", models.DateField(blank=True, null=True, verbose_name="source of")),
                (
                    "registered_name",
                    models.CharField(blank=True, max_length=150, verbose_name="name as on the register"),
                ),
                (
                    "valid_until",
                    models.DateField(blank=True, null=True, verbose_name="valid until, as on the register"),
                ),
                (
                    "override_reason",
                    models.CharField(blank=True, max_length=500, verbose_name="why it shall not count"),
                ),
                ("override_asked_at", models.DateTimeField(blank=True, null=True, verbose_name="override asked")),
                ("overridden_at", models.DateTimeField(blank=True, null=True, verbose_name="overridden")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="checks_made",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="checked by",
                    ),
                ),
                (
                    "doctor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="checks",
                        to="doctors.doctorinformation",
                        verbose_name="doctor",
                    ),
                ),
                (
                    "overridden_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="overrides_confirmed",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="overridden by",
                    ),
                ),
                (
                    "override_asked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="overrides_asked",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="override asked by",
                    ),
                ),
            ],
            options={
                "verbose_name": "check",
                "verbose_name_plural": "checks",
                "ordering": ["pk"],
                "default_permissions": ("view",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["register", "identity", "standing", "degree", "photo", "duplicates"])
                        ),
                        name="verificationcheck_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("result__in", ["pass", "fail", "not_applicable"])),
                        name="verificationcheck_result_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("is_current", True)),
                        fields=("doctor", "kind"),
                        name="verificationcheck_one_current",
                        violation_error_message="Somebody else has just recorded this check.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("overridden_by__isnull", True),
                            models.Q(
                                ("override_asked_by__isnull", False),
                                models.Q(("overridden_by", models.F("override_asked_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="verificationcheck_second_person",
                        violation_error_message="A second person has to confirm an override.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HistoricalCaseNote",
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
                ("text", models.TextField(max_length=2000, verbose_name="note")),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField()),
                ("history_change_reason", models.TextField(null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "by",
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
                "verbose_name": "historical internal note",
                "verbose_name_plural": "historical internal notes",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [models.Index(fields=["history_date", "id"], name="credentiali_history_48c16c_idx")],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalDoctorDocument",
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
                    "kind",
                    models.CharField(
                        choices=[
                            ("license", "Licence certificate"),
                            ("degree", "Degree"),
                            ("identity", "Identity card"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("file", models.TextField(max_length=120, verbose_name="file")),
                ("original_name", models.CharField(max_length=150, verbose_name="name of the file")),
                ("content_type", models.CharField(max_length=20, verbose_name="type")),
                ("size", models.PositiveIntegerField(verbose_name="size (bytes)")),
                ("expires_on", models.DateField(blank=True, null=True, verbose_name="valid until")),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField()),
                ("history_change_reason", models.TextField(null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
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
                "verbose_name": "historical document",
                "verbose_name_plural": "historical documents",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [models.Index(fields=["history_date", "id"], name="credentiali_history_d1bda3_idx")],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalRegisterEntry",
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
                ("license_number", models.CharField(db_index=True, max_length=30, verbose_name="licence number")),
                ("name", models.CharField(max_length=150, verbose_name="name as on the register")),
                ("degree", models.CharField(blank=True, max_length=200, verbose_name="degree")),
                (
                    "standing",
                    models.CharField(
                        choices=[("good", "In good standing"), ("suspended", "Suspended"), ("removed", "Removed")],
                        default="good",
                        max_length=10,
                        verbose_name="standing",
                    ),
                ),
                ("valid_until", models.DateField(blank=True, null=True, verbose_name="valid until")),
                ("source", models.CharField(max_length=150, verbose_name="source")),
                ("as_of", models.DateField(verbose_name="as of")),
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
                "verbose_name": "historical register entry",
                "verbose_name_plural": "historical register of doctors",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [models.Index(fields=["history_date", "id"], name="credentiali_history_729bc0_idx")],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalVerificationCheck",
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
                    "kind",
                    models.CharField(
                        choices=[
                            ("register", "Found in the register"),
                            ("identity", "Name matches register and identity card"),
                            ("standing", "In good standing"),
                            ("degree", "Degree"),
                            ("photo", "Photo matches the identity card"),
                            ("duplicates", "No second account of the same person"),
                        ],
                        max_length=12,
                        verbose_name="check",
                    ),
                ),
                (
                    "result",
                    models.CharField(
                        choices=[("pass", "Pass"), ("fail", "Fail"), ("not_applicable", "Not applicable")],
                        max_length=15,
                        verbose_name="result",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="note")),
                ("at", models.DateTimeField(verbose_name="checked")),
                ("is_current", models.BooleanField(default=True, verbose_name="of the present application")),
                ("source", models.CharField(blank=True, max_length=150, verbose_name="source")),
                ("source_date", models.DateField(blank=True, null=True, verbose_name="source of")),
                (
                    "registered_name",
                    models.CharField(blank=True, max_length=150, verbose_name="name as on the register"),
                ),
                (
                    "valid_until",
                    models.DateField(blank=True, null=True, verbose_name="valid until, as on the register"),
                ),
                (
                    "override_reason",
                    models.CharField(blank=True, max_length=500, verbose_name="why it shall not count"),
                ),
                ("override_asked_at", models.DateTimeField(blank=True, null=True, verbose_name="override asked")),
                ("overridden_at", models.DateTimeField(blank=True, null=True, verbose_name="overridden")),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField()),
                ("history_change_reason", models.TextField(null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="checked by",
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
                    "overridden_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="overridden by",
                    ),
                ),
                (
                    "override_asked_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="override asked by",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical check",
                "verbose_name_plural": "historical checks",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [models.Index(fields=["history_date", "id"], name="credentiali_history_c9ddd4_idx")],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
    ]
