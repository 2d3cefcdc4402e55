import django.core.validators
import django.db.models.deletion
import shs.core.context
import shs.predict.models.phrases
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
            name="Condition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("slug", models.SlugField(max_length=80, unique=True, verbose_name="short name")),
                ("name", models.CharField(max_length=120, unique=True, verbose_name="name")),
                (
                    "icd10",
                    models.CharField(
                        blank=True,
                        max_length=8,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[A-Z][0-9]{2}(\\.[0-9A-Z]{1,4})?$", "Enter a code such as A97.9."
                            )
                        ],
                        verbose_name="ICD-10 code",
                    ),
                ),
                (
                    "base",
                    models.CharField(
                        choices=[
                            ("very_common", "Very common"),
                            ("common", "Common"),
                            ("uncommon", "Uncommon"),
                            ("rare", "Rare"),
                        ],
                        max_length=12,
                        verbose_name="frequency",
                    ),
                ),
                ("description", models.TextField(max_length=2000, verbose_name="description")),
                ("advice", models.TextField(blank=True, max_length=2000, verbose_name="advice")),
                (
                    "red_flags",
                    models.JSONField(
                        blank=True,
                        default=list,
                        validators=[shs.predict.models.phrases.require_lines],
                        verbose_name="danger signs",
                    ),
                ),
                ("source", models.CharField(max_length=300, verbose_name="source")),
                ("reviewed_on", models.DateField(blank=True, null=True, verbose_name="reviewed on")),
                ("is_active", models.BooleanField(default=True, verbose_name="in use")),
                (
                    "specialization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="conditions",
                        to="doctors.doctorspecialization",
                        verbose_name="specialization",
                    ),
                ),
            ],
            options={
                "verbose_name": "condition",
                "verbose_name_plural": "conditions",
                "ordering": ["name"],
                "permissions": [
                    ("import_condition", "Can import conditions"),
                    ("export_condition", "Can export conditions"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("name", ""), _negated=True),
                            models.Q(("slug", ""), _negated=True),
                            models.Q(("description", ""), _negated=True),
                            models.Q(("source", ""), _negated=True),
                        ),
                        name="condition_named",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("base__in", ["very_common", "common", "uncommon", "rare"])),
                        name="condition_base_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Symptom",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("slug", models.SlugField(max_length=80, unique=True, verbose_name="short name")),
                ("name", models.CharField(max_length=100, unique=True, verbose_name="name")),
                ("name_bn", models.CharField(blank=True, max_length=100, verbose_name="name in Bangla")),
                (
                    "synonyms",
                    models.JSONField(
                        blank=True,
                        default=list,
                        validators=[shs.predict.models.phrases.require_phrases],
                        verbose_name="synonyms",
                    ),
                ),
                (
                    "synonyms_bn",
                    models.JSONField(
                        blank=True,
                        default=list,
                        validators=[shs.predict.models.phrases.require_phrases],
                        verbose_name="synonyms in Bangla",
                    ),
                ),
            ],
            options={
                "verbose_name": "symptom",
                "verbose_name_plural": "symptoms",
                "ordering": ["name"],
                "permissions": [("import_symptom", "Can import symptoms"), ("export_symptom", "Can export symptoms")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("name", ""), _negated=True), models.Q(("slug", ""), _negated=True)
                        ),
                        name="symptom_named",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ConditionSymptom",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "usual",
                    models.CharField(
                        choices=[
                            ("hallmark", "Hallmark"),
                            ("common", "Common"),
                            ("sometimes", "Sometimes"),
                            ("rare", "Rare"),
                        ],
                        max_length=10,
                        verbose_name="frequency",
                    ),
                ),
                (
                    "percent",
                    models.DecimalField(
                        blank=True,
                        decimal_places=1,
                        help_text="Only if the source gives one.",
                        max_digits=4,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="percent",
                    ),
                ),
                ("source", models.CharField(max_length=300, verbose_name="source")),
                (
                    "condition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pairs",
                        to="predict.condition",
                        verbose_name="condition",
                    ),
                ),
                (
                    "symptom",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pairs",
                        to="predict.symptom",
                        verbose_name="symptom",
                    ),
                ),
            ],
            options={
                "verbose_name": "symptom of a condition",
                "verbose_name_plural": "symptoms of conditions",
                "ordering": ["condition", "pk"],
                "permissions": [
                    ("import_conditionsymptom", "Can import the symptoms of conditions"),
                    ("export_conditionsymptom", "Can export the symptoms of conditions"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("condition", "symptom"),
                        name="conditionsymptom_once",
                        violation_error_message="This condition already has this symptom.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("usual__in", ["hallmark", "common", "sometimes", "rare"])),
                        name="conditionsymptom_usual_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("percent", None), ("percent__range", (0, 100)), _connector="OR"),
                        name="conditionsymptom_percent_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("source", ""), _negated=True), name="conditionsymptom_sourced"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Prediction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(db_index=True, verbose_name="when")),
                ("symptoms", models.JSONField(verbose_name="symptoms as entered")),
                ("matched", models.JSONField(default=list, verbose_name="understood")),
                ("unmatched", models.JSONField(default=list, verbose_name="not understood")),
                (
                    "status",
                    models.CharField(
                        choices=[("answered", "Answered"), ("failed", "Failed")], max_length=8, verbose_name="status"
                    ),
                ),
                ("error_code", models.CharField(blank=True, max_length=40, verbose_name="error")),
                ("disease", models.CharField(blank=True, max_length=200, verbose_name="condition")),
                ("confidence", models.FloatField(default=0, verbose_name="confidence")),
                ("alternatives", models.JSONField(default=list, verbose_name="alternatives")),
                ("provider", models.CharField(max_length=40, verbose_name="provider")),
                ("version", models.CharField(blank=True, max_length=60, verbose_name="version")),
                ("latency_ms", models.PositiveIntegerField(verbose_name="milliseconds")),
                ("urgent", models.BooleanField(default=False, verbose_name="urgent")),
                ("rules", models.JSONField(default=list, verbose_name="red flags")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="predictions",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who",
                    ),
                ),
            ],
            options={
                "verbose_name": "prediction",
                "verbose_name_plural": "predictions",
                "permissions": [
                    ("ask_prediction", "Can ask the symptom checker"),
                    ("count_prediction", "Can see usage of the symptom checker"),
                ],
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["answered", "failed"])), name="prediction_status_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("confidence__range", (0, 1))), name="prediction_confidence_range"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "failed"), models.Q(("error_code", ""), _negated=True)),
                            models.Q(("error_code", ""), ("status", "answered")),
                            _connector="OR",
                        ),
                        name="prediction_failed_says_why",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RedFlag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("slug", models.SlugField(max_length=80, unique=True, verbose_name="short name")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "groups",
                    models.JSONField(validators=[shs.predict.models.phrases.require_groups], verbose_name="phrases"),
                ),
                ("message", models.TextField(max_length=600, verbose_name="what to do")),
                ("message_bn", models.TextField(blank=True, max_length=600, verbose_name="what to do, in Bangla")),
                ("source", models.CharField(max_length=300, verbose_name="source")),
                ("is_active", models.BooleanField(default=True, verbose_name="in use")),
            ],
            options={
                "verbose_name": "red flag",
                "verbose_name_plural": "red flags",
                "ordering": ["name"],
                "permissions": [("import_redflag", "Can import red flags"), ("export_redflag", "Can export red flags")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("name", ""), _negated=True),
                            models.Q(("slug", ""), _negated=True),
                            models.Q(("message", ""), _negated=True),
                            models.Q(("source", ""), _negated=True),
                        ),
                        name="redflag_named",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="HistoricalCondition",
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
                ("slug", models.SlugField(max_length=80, verbose_name="short name")),
                ("name", models.CharField(db_index=True, max_length=120, verbose_name="name")),
                (
                    "icd10",
                    models.CharField(
                        blank=True,
                        max_length=8,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[A-Z][0-9]{2}(\\.[0-9A-Z]{1,4})?$", "Enter a code such as A97.9."
                            )
                        ],
                        verbose_name="ICD-10 code",
                    ),
                ),
                (
                    "base",
                    models.CharField(
                        choices=[
                            ("very_common", "Very common"),
                            ("common", "Common"),
                            ("uncommon", "Uncommon"),
                            ("rare", "Rare"),
                        ],
                        max_length=12,
                        verbose_name="frequency",
                    ),
                ),
                ("description", models.TextField(max_length=2000, verbose_name="description")),
                ("advice", models.TextField(blank=True, max_length=2000, verbose_name="advice")),
                (
                    "red_flags",
                    models.JSONField(
                        blank=True,
                        default=list,
                        validators=[shs.predict.models.phrases.require_lines],
                        verbose_name="danger signs",
                    ),
                ),
                ("source", models.CharField(max_length=300, verbose_name="source")),
                ("reviewed_on", models.DateField(blank=True, null=True, verbose_name="reviewed on")),
                ("is_active", models.BooleanField(default=True, verbose_name="in use")),
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
                    "specialization",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="doctors.doctorspecialization",
                        verbose_name="specialization",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical condition",
                "verbose_name_plural": "historical conditions",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [models.Index(fields=["history_date", "id"], name="predict_his_history_0600f2_idx")],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalConditionSymptom",
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
                    "usual",
                    models.CharField(
                        choices=[
                            ("hallmark", "Hallmark"),
                            ("common", "Common"),
                            ("sometimes", "Sometimes"),
                            ("rare", "Rare"),
                        ],
                        max_length=10,
                        verbose_name="frequency",
                    ),
                ),
                (
                    "percent",
                    models.DecimalField(
                        blank=True,
                        decimal_places=1,
                        help_text="Only if the source gives one.",
                        max_digits=4,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="percent",
                    ),
                ),
                ("source", models.CharField(max_length=300, verbose_name="source")),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField()),
                ("history_change_reason", models.TextField(null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "condition",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="predict.condition",
                        verbose_name="condition",
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
                    "symptom",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="predict.symptom",
                        verbose_name="symptom",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical symptom of a condition",
                "verbose_name_plural": "historical symptoms of conditions",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [models.Index(fields=["history_date", "id"], name="predict_his_history_65c4b7_idx")],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalRedFlag",
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
                ("slug", models.SlugField(max_length=80, verbose_name="short name")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "groups",
                    models.JSONField(validators=[shs.predict.models.phrases.require_groups], verbose_name="phrases"),
                ),
                ("message", models.TextField(max_length=600, verbose_name="what to do")),
                ("message_bn", models.TextField(blank=True, max_length=600, verbose_name="what to do, in Bangla")),
                ("source", models.CharField(max_length=300, verbose_name="source")),
                ("is_active", models.BooleanField(default=True, verbose_name="in use")),
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
                "verbose_name": "historical red flag",
                "verbose_name_plural": "historical red flags",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [models.Index(fields=["history_date", "id"], name="predict_his_history_fdfa75_idx")],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalSymptom",
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
                ("slug", models.SlugField(max_length=80, verbose_name="short name")),
                ("name", models.CharField(db_index=True, max_length=100, verbose_name="name")),
                ("name_bn", models.CharField(blank=True, max_length=100, verbose_name="name in Bangla")),
                (
                    "synonyms",
                    models.JSONField(
                        blank=True,
                        default=list,
                        validators=[shs.predict.models.phrases.require_phrases],
                        verbose_name="synonyms",
                    ),
                ),
                (
                    "synonyms_bn",
                    models.JSONField(
                        blank=True,
                        default=list,
                        validators=[shs.predict.models.phrases.require_phrases],
                        verbose_name="synonyms in Bangla",
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
            ],
            options={
                "verbose_name": "historical symptom",
                "verbose_name_plural": "historical symptoms",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [models.Index(fields=["history_date", "id"], name="predict_his_history_e8f4ad_idx")],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
    ]
