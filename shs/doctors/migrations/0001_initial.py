import django.core.validators
import django.db.models.deletion
import django.utils.timezone
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
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Clinic",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("name", models.CharField(max_length=150, verbose_name="name")),
                ("slug", models.SlugField(max_length=100, unique=True, verbose_name="short name")),
                ("address", models.CharField(max_length=255, verbose_name="address")),
                ("city", models.CharField(max_length=100, verbose_name="city")),
                ("phone", models.CharField(blank=True, max_length=20, verbose_name="phone")),
                ("is_active", models.BooleanField(default=True, verbose_name="open")),
            ],
            options={
                "verbose_name": "clinic",
                "verbose_name_plural": "clinics",
                "ordering": ["name"],
                "permissions": [
                    ("run_desk_clinic", "Can run the desk of this clinic"),
                    ("choose_clinic", "Can choose the clinic in a form"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="clinic_named")
                ],
            },
        ),
        migrations.CreateModel(
            name="DoctorSpecialization",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("name", models.CharField(max_length=100, unique=True, verbose_name="name")),
                ("slug", models.SlugField(max_length=100, unique=True, verbose_name="short name")),
                ("description", models.CharField(blank=True, max_length=255, verbose_name="what it treats")),
                ("source", models.CharField(blank=True, max_length=255, verbose_name="source")),
            ],
            options={
                "verbose_name": "specialization",
                "verbose_name_plural": "specializations",
                "ordering": ["name"],
                "permissions": [
                    ("import_doctorspecialization", "Can import specializations"),
                    ("export_doctorspecialization", "Can export specializations"),
                    ("choose_doctorspecialization", "Can choose the specialization in a form"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("name", ""), _negated=True), models.Q(("slug", ""), _negated=True)
                        ),
                        name="doctorspecialization_named",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DoctorInformation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("name", models.CharField(max_length=150, verbose_name="name")),
                (
                    "license_number",
                    models.CharField(
                        error_messages={"unique": "There is already a doctor with this licence number."},
                        max_length=30,
                        unique=True,
                        verbose_name="licence number",
                    ),
                ),
                ("license_expires_on", models.DateField(blank=True, null=True, verbose_name="licence valid until")),
                (
                    "experience",
                    models.PositiveSmallIntegerField(
                        validators=[django.core.validators.MaxValueValidator(80)], verbose_name="years of experience"
                    ),
                ),
                ("education", models.CharField(max_length=500, verbose_name="education")),
                ("location", models.CharField(max_length=150, verbose_name="location")),
                (
                    "fees",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=10,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="fee (BDT)",
                    ),
                ),
                ("bio", models.TextField(blank=True, max_length=2000, verbose_name="about")),
                ("languages", models.JSONField(blank=True, default=list, verbose_name="languages")),
                (
                    "verification_status",
                    models.CharField(
                        choices=[
                            ("pending", "Waiting"),
                            ("in_review", "In review"),
                            ("needs_info", "Needs information"),
                            ("approved", "Approved"),
                            ("rejected", "Rejected"),
                            ("suspended", "Suspended"),
                            ("expired", "Expired"),
                        ],
                        default="pending",
                        max_length=12,
                        verbose_name="verification",
                    ),
                ),
                ("verification_note", models.TextField(blank=True, max_length=1000, verbose_name="note to the doctor")),
                (
                    "verification_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("not_found", "Not in the register"),
                            ("expired", "Licence expired"),
                            ("name_mismatch", "Names do not match"),
                            ("illegible", "Document illegible"),
                            ("incomplete", "Documents missing"),
                            ("sanction", "Sanction of the council"),
                            ("duplicate", "Second account"),
                            ("other", "Another reason"),
                        ],
                        max_length=15,
                        verbose_name="reason",
                    ),
                ),
                ("submitted_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="waiting since")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided")),
                ("rating", models.DecimalField(decimal_places=2, default=0, max_digits=3, verbose_name="rating")),
                ("rating_count", models.PositiveIntegerField(default=0, verbose_name="ratings")),
                ("specialty_cards", models.JSONField(default=list, editable=False)),
                ("language_text", models.TextField(blank=True, editable=False)),
                ("search_text", models.TextField(blank=True, editable=False)),
                ("weekdays", models.PositiveSmallIntegerField(default=0, editable=False)),
                (
                    "clinics",
                    models.ManyToManyField(
                        blank=True, related_name="doctors", to="doctors.clinic", verbose_name="clinics"
                    ),
                ),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="doctor",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="account",
                    ),
                ),
                (
                    "specializations",
                    models.ManyToManyField(
                        related_name="doctors", to="doctors.doctorspecialization", verbose_name="specializations"
                    ),
                ),
            ],
            options={
                "verbose_name": "doctor",
                "verbose_name_plural": "doctors",
                "ordering": ["-pk"],
                "permissions": [
                    ("claim_doctorinformation", "Can take a verification on"),
                    ("decide_doctorinformation", "Can decide a verification"),
                    ("suspend_doctorinformation", "Can suspend a verified doctor"),
                    ("confirm_doctorinformation", "Can confirm, as the second person, that a check is overridden"),
                    ("review_doctorinformation", "Has taken this verification on"),
                    ("export_doctorinformation", "Can export doctors"),
                    ("schedule_doctorinformation", "Can change the working hours of a doctor"),
                    ("practise_doctorinformation", "Can work as this doctor"),
                    ("apply_doctorinformation", "Can apply for verification"),
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("verification_status", "approved")),
                        fields=["-rating", "-rating_count", "id"],
                        name="doctor_by_rating",
                    ),
                    models.Index(
                        condition=models.Q(("verification_status", "approved")),
                        fields=["fees", "id"],
                        name="doctor_by_fees",
                    ),
                    models.Index(
                        condition=models.Q(("verification_status", "approved")),
                        fields=["-experience", "id"],
                        name="doctor_by_experience",
                    ),
                    models.Index(
                        condition=models.Q(("verification_status", "approved")),
                        fields=["name", "id"],
                        name="doctor_by_name",
                    ),
                    models.Index(fields=["verification_status", "submitted_at"], name="doctor_by_waiting"),
                    models.Index(
                        condition=models.Q(("verification_status", "approved")),
                        fields=["license_expires_on"],
                        name="doctor_by_expiry",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "verification_status__in",
                                ["pending", "in_review", "needs_info", "approved", "rejected", "suspended", "expired"],
                            )
                        ),
                        name="doctorinformation_verification_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "verification_reason__in",
                                [
                                    "",
                                    "not_found",
                                    "expired",
                                    "name_mismatch",
                                    "illegible",
                                    "incomplete",
                                    "sanction",
                                    "duplicate",
                                    "other",
                                ],
                            )
                        ),
                        name="doctorinformation_verification_reason_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("rating__range", (0, 5))), name="doctorinformation_rating_range"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("fees__gte", 0)), name="doctorinformation_fees_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("experience__lte", 80)), name="doctorinformation_experience_sane"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("license_number", ""), _negated=True),
                        name="doctorinformation_licensed",
                        violation_error_message="Enter the licence number.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DoctorAvailability",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "weekday",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "Monday"),
                            (1, "Tuesday"),
                            (2, "Wednesday"),
                            (3, "Thursday"),
                            (4, "Friday"),
                            (5, "Saturday"),
                            (6, "Sunday"),
                        ],
                        verbose_name="weekday",
                    ),
                ),
                ("start", models.TimeField(verbose_name="from")),
                ("end", models.TimeField(verbose_name="to")),
                (
                    "slot_minutes",
                    models.PositiveSmallIntegerField(
                        default=20,
                        validators=[
                            django.core.validators.MinValueValidator(5),
                            django.core.validators.MaxValueValidator(240),
                        ],
                        verbose_name="minutes a visit",
                    ),
                ),
                (
                    "clinic",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="availability",
                        to="doctors.clinic",
                        verbose_name="clinic",
                    ),
                ),
                (
                    "doctor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="availability",
                        to="doctors.doctorinformation",
                        verbose_name="doctor",
                    ),
                ),
            ],
            options={
                "verbose_name": "working hours",
                "verbose_name_plural": "working hours",
                "ordering": ["doctor", "weekday", "start"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("weekday__range", (0, 6))), name="doctoravailability_weekday_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("end__gt", models.F("start"))),
                        name="doctoravailability_ends_after_start",
                        violation_error_message="The end must be after the start.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("slot_minutes__range", (5, 240))), name="doctoravailability_slot_sane"
                    ),
                    shs.core.records.constraints.NeverOverlaps(
                        end="end",
                        fields=("doctor", "weekday"),
                        name="doctoravailability_never_overlaps",
                        start="start",
                        violation_error_message="These working hours overlap others of the same day.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DoctorReview",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "visibility",
                    models.CharField(
                        choices=[("shown", "Shown"), ("hidden", "Hidden")],
                        default="shown",
                        max_length=10,
                        verbose_name="visibility",
                    ),
                ),
                ("rating", models.PositiveSmallIntegerField(verbose_name="rating")),
                ("comment", models.TextField(blank=True, max_length=2000, verbose_name="comment")),
                ("answer", models.TextField(blank=True, max_length=2000, verbose_name="the doctor's answer")),
                ("answered_at", models.DateTimeField(blank=True, null=True, verbose_name="answered")),
                (
                    "doctor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviews",
                        to="doctors.doctorinformation",
                        verbose_name="doctor",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviews",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="patient",
                    ),
                ),
            ],
            options={
                "verbose_name": "review",
                "verbose_name_plural": "reviews",
                "ordering": ["-pk"],
                "permissions": [
                    ("hide_doctorreview", "Can hide and restore reviews"),
                    ("answer_doctorreview", "Can answer reviews of themselves"),
                ],
                "indexes": [models.Index(fields=["doctor", "-id"], name="doctorreview_by_doctor")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("rating__range", (1, 5))), name="doctorreview_rating_range"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("visibility__in", ["shown", "hidden"])),
                        name="doctorreview_visibility_known",
                    ),
                    models.UniqueConstraint(
                        fields=("doctor", "patient"),
                        name="doctorreview_once_a_patient",
                        violation_error_code="already_reviewed",
                        violation_error_message="You have already reviewed this doctor.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TimeOff",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("starts_at", models.DateTimeField(verbose_name="from")),
                ("ends_at", models.DateTimeField(verbose_name="to")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                (
                    "doctor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="times_off",
                        to="doctors.doctorinformation",
                        verbose_name="doctor",
                    ),
                ),
            ],
            options={
                "verbose_name": "time off",
                "verbose_name_plural": "times off",
                "ordering": ["-starts_at"],
                "permissions": [("plan_timeoff", "Can plan their own time off")],
                "indexes": [models.Index(fields=["doctor", "ends_at"], name="timeoff_by_doctor")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                        name="timeoff_ends_after_start",
                        violation_error_message="The end of the time off must be after its start.",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="HistoricalClinic",
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
                ("slug", models.SlugField(max_length=100, verbose_name="short name")),
                ("address", models.CharField(max_length=255, verbose_name="address")),
                ("city", models.CharField(max_length=100, verbose_name="city")),
                ("phone", models.CharField(blank=True, max_length=20, verbose_name="phone")),
                ("is_active", models.BooleanField(default=True, verbose_name="open")),
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
                "verbose_name": "historical clinic",
                "verbose_name_plural": "historical clinics",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [models.Index(fields=["history_date", "id"], name="doctors_his_history_3d2347_idx")],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalDoctorAvailability",
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
                    "weekday",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "Monday"),
                            (1, "Tuesday"),
                            (2, "Wednesday"),
                            (3, "Thursday"),
                            (4, "Friday"),
                            (5, "Saturday"),
                            (6, "Sunday"),
                        ],
                        verbose_name="weekday",
                    ),
                ),
                ("start", models.TimeField(verbose_name="from")),
                ("end", models.TimeField(verbose_name="to")),
                (
                    "slot_minutes",
                    models.PositiveSmallIntegerField(
                        default=20,
                        validators=[
                            django.core.validators.MinValueValidator(5),
                            django.core.validators.MaxValueValidator(240),
                        ],
                        verbose_name="minutes a visit",
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
                "verbose_name": "historical working hours",
                "verbose_name_plural": "historical working hours",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [models.Index(fields=["history_date", "id"], name="doctors_his_history_a13d75_idx")],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalDoctorInformation",
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
                (
                    "license_number",
                    models.CharField(
                        db_index=True,
                        error_messages={"unique": "There is already a doctor with this licence number."},
                        max_length=30,
                        verbose_name="licence number",
                    ),
                ),
                ("license_expires_on", models.DateField(blank=True, null=True, verbose_name="licence valid until")),
                (
                    "experience",
                    models.PositiveSmallIntegerField(
                        validators=[django.core.validators.MaxValueValidator(80)], verbose_name="years of experience"
                    ),
                ),
                ("education", models.CharField(max_length=500, verbose_name="education")),
                ("location", models.CharField(max_length=150, verbose_name="location")),
                (
                    "fees",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=10,
                        validators=[django.core.validators.MinValueValidator(0)],
                        verbose_name="fee (BDT)",
                    ),
                ),
                ("bio", models.TextField(blank=True, max_length=2000, verbose_name="about")),
                ("languages", models.JSONField(blank=True, default=list, verbose_name="languages")),
                (
                    "verification_status",
                    models.CharField(
                        choices=[
                            ("pending", "Waiting"),
                            ("in_review", "In review"),
                            ("needs_info", "Needs information"),
                            ("approved", "Approved"),
                            ("rejected", "Rejected"),
                            ("suspended", "Suspended"),
                            ("expired", "Expired"),
                        ],
                        default="pending",
                        max_length=12,
                        verbose_name="verification",
                    ),
                ),
                ("verification_note", models.TextField(blank=True, max_length=1000, verbose_name="note to the doctor")),
                (
                    "verification_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("not_found", "Not in the register"),
                            ("expired", "Licence expired"),
                            ("name_mismatch", "Names do not match"),
                            ("illegible", "Document illegible"),
                            ("incomplete", "Documents missing"),
                            ("sanction", "Sanction of the council"),
                            ("duplicate", "Second account"),
                            ("other", "Another reason"),
                        ],
                        max_length=15,
                        verbose_name="reason",
                    ),
                ),
                ("submitted_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="waiting since")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided")),
                ("rating", models.DecimalField(decimal_places=2, default=0, max_digits=3, verbose_name="rating")),
                ("rating_count", models.PositiveIntegerField(default=0, verbose_name="ratings")),
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
                    "user",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="account",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical doctor",
                "verbose_name_plural": "historical doctors",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [models.Index(fields=["history_date", "id"], name="doctors_his_history_41df61_idx")],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalDoctorInformation_clinics",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("m2m_history_id", models.AutoField(primary_key=True, serialize=False)),
                (
                    "clinic",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_tablespace="",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="doctors.clinic",
                    ),
                ),
                (
                    "doctorinformation",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_tablespace="",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="doctors.doctorinformation",
                    ),
                ),
                (
                    "history",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        to="doctors.historicaldoctorinformation",
                    ),
                ),
            ],
            options={
                "verbose_name": "HistoricalDoctorInformation_clinics",
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalDoctorInformation_specializations",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("m2m_history_id", models.AutoField(primary_key=True, serialize=False)),
                (
                    "doctorinformation",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_tablespace="",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="doctors.doctorinformation",
                    ),
                ),
                (
                    "doctorspecialization",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_tablespace="",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="doctors.doctorspecialization",
                    ),
                ),
                (
                    "history",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        to="doctors.historicaldoctorinformation",
                    ),
                ),
            ],
            options={
                "verbose_name": "HistoricalDoctorInformation_specializations",
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalDoctorReview",
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
                    "visibility",
                    models.CharField(
                        choices=[("shown", "Shown"), ("hidden", "Hidden")],
                        default="shown",
                        max_length=10,
                        verbose_name="visibility",
                    ),
                ),
                ("rating", models.PositiveSmallIntegerField(verbose_name="rating")),
                ("comment", models.TextField(blank=True, max_length=2000, verbose_name="comment")),
                ("answer", models.TextField(blank=True, max_length=2000, verbose_name="the doctor's answer")),
                ("answered_at", models.DateTimeField(blank=True, null=True, verbose_name="answered")),
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
            ],
            options={
                "verbose_name": "historical review",
                "verbose_name_plural": "historical reviews",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [models.Index(fields=["history_date", "id"], name="doctors_his_history_a70240_idx")],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalDoctorSpecialization",
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
                ("name", models.CharField(db_index=True, max_length=100, verbose_name="name")),
                ("slug", models.SlugField(max_length=100, verbose_name="short name")),
                ("description", models.CharField(blank=True, max_length=255, verbose_name="what it treats")),
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
                "verbose_name": "historical specialization",
                "verbose_name_plural": "historical specializations",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [models.Index(fields=["history_date", "id"], name="doctors_his_history_43294e_idx")],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalTimeOff",
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
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
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
                "verbose_name": "historical time off",
                "verbose_name_plural": "historical times off",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [models.Index(fields=["history_date", "id"], name="doctors_his_history_cff976_idx")],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
    ]
