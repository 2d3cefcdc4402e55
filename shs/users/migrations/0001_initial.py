import django.core.validators
import django.db.models.deletion
import shs.core.context
import simple_history.models
import uuid
from django.conf import settings
from django.db import migrations, models
from shs.core.records.migrations import InitialMigration


class Migration(InitialMigration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("sessions", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "email",
                    models.EmailField(
                        error_messages={"unique": "There is already an account with this address."},
                        max_length=254,
                        unique=True,
                        verbose_name="e-mail address",
                    ),
                ),
                ("name", models.CharField(max_length=150, verbose_name="name")),
                (
                    "role",
                    models.CharField(
                        choices=[("patient", "Patient"), ("doctor", "Doctor"), ("staff", "Staff"), ("admin", "Admin")],
                        default="patient",
                        max_length=10,
                        verbose_name="role",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                ("is_verified", models.BooleanField(default=False, verbose_name="e-mail confirmed")),
                (
                    "language",
                    models.CharField(
                        blank=True,
                        choices=[("en", "English"), ("bn", "Bangla")],
                        help_text="Of mails and of the pages.",
                        max_length=5,
                        verbose_name="language",
                    ),
                ),
                ("suspended_until", models.DateTimeField(blank=True, null=True, verbose_name="suspended until")),
                ("muted_until", models.DateTimeField(blank=True, null=True, verbose_name="muted until")),
                ("second_factor_at", models.DateTimeField(blank=True, null=True, verbose_name="second factor since")),
                ("token_version", models.PositiveIntegerField(default=0, editable=False)),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
            ],
            options={
                "verbose_name": "user",
                "verbose_name_plural": "users",
                "ordering": ["-pk"],
                "permissions": [
                    ("suspend_user", "Can suspend and reinstate users"),
                    ("reset_user", "Can send a password reset and end sessions"),
                    ("reset_factor_user", "Can take away the second factor of users"),
                    ("assign_user", "Can change the role and the duties of users"),
                    ("mute_user", "Can keep users from writing in public for a while"),
                    ("recognise_user", "Can see the masked address of users"),
                    ("reveal_user", "Can see contact details unmasked"),
                    ("export_user", "Can export users"),
                    ("read_chart_user", "Can read this person's chart"),
                    ("break_glass_user", "Reads this person's chart in an emergency"),
                ],
                "indexes": [models.Index(fields=["role", "-id"], name="user_by_role")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["patient", "doctor", "staff", "admin"])),
                        name="user_role_known",
                    ),
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="user_name_not_empty"),
                    models.CheckConstraint(
                        condition=models.Q(("language__in", ["", "en", "bn"])), name="user_language_known"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OfficeSession",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(verbose_name="since")),
                ("seen_at", models.DateTimeField(verbose_name="last used")),
                ("address", models.CharField(blank=True, max_length=45, verbose_name="from")),
                ("user_agent", models.CharField(blank=True, max_length=200)),
                (
                    "session",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="office_session",
                        to="sessions.session",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="office_sessions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="RefreshToken",
            fields=[
                ("jti", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("family", models.UUIDField(db_index=True, default=uuid.uuid4, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("used_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField(db_index=True)),
                ("user_agent", models.CharField(blank=True, max_length=200)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="refresh_tokens",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="RoleRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("reason", models.CharField(max_length=500, verbose_name="reason")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("confirmed", "Confirmed"),
                            ("declined", "Declined"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided")),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="roles_asked",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="asked by",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="roles_decided",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="decided by",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="role_requests",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "request for an admin",
                "verbose_name_plural": "requests for admins",
                "ordering": ["-pk"],
                "permissions": [
                    ("decide_rolerequest", "Can confirm that somebody becomes an admin, and decline it"),
                    ("withdraw_rolerequest", "Can take back their own request for an admin"),
                ],
                "default_permissions": ("view",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["waiting", "confirmed", "declined", "withdrawn"])),
                        name="rolerequest_status_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "waiting")),
                        fields=("user",),
                        name="rolerequest_waits_once",
                        violation_error_message="This has already been requested and is waiting for another admin.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "confirmed"), _negated=True),
                            models.Q(
                                models.Q(("decided_by", models.F("asked_by")), _negated=True),
                                ("decided_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="rolerequest_takes_two",
                        violation_error_message="The admin who confirms must not be the one who requested it.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="UserProfile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "phone",
                    models.CharField(
                        blank=True,
                        max_length=20,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^\\+?[0-9][0-9 \\-]{5,18}$",
                                "Enter the phone number in digits, for example +8801712345678.",
                            )
                        ],
                        verbose_name="phone",
                    ),
                ),
                ("date_of_birth", models.DateField(blank=True, null=True, verbose_name="date of birth")),
                (
                    "gender",
                    models.CharField(
                        blank=True,
                        choices=[("female", "Female"), ("male", "Male"), ("other", "Other"), ("unknown", "Unknown")],
                        max_length=10,
                        verbose_name="gender",
                    ),
                ),
                (
                    "blood_group",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("A+", "A+"),
                            ("A-", "A-"),
                            ("B+", "B+"),
                            ("B-", "B-"),
                            ("AB+", "AB+"),
                            ("AB-", "AB-"),
                            ("O+", "O+"),
                            ("O-", "O-"),
                        ],
                        max_length=3,
                        verbose_name="blood group",
                    ),
                ),
                ("address", models.CharField(blank=True, max_length=255, verbose_name="address")),
                ("city", models.CharField(blank=True, max_length=100, verbose_name="city")),
                ("emergency_contact", models.CharField(blank=True, max_length=150, verbose_name="emergency contact")),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="profile",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "contact details",
                "verbose_name_plural": "contact details",
                "permissions": [("read_person_userprofile", "Can read date of birth, gender and blood group")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("gender__in", ["", "female", "male", "other", "unknown"])),
                        name="userprofile_gender_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("blood_group__in", ["", "A+", "A-", "B+", "B-", "AB+", "AB-", "O+", "O-"])),
                        name="userprofile_blood_group_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HistoricalRoleRequest",
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
                ("reason", models.CharField(max_length=500, verbose_name="reason")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("confirmed", "Confirmed"),
                            ("declined", "Declined"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided")),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField()),
                ("history_change_reason", models.TextField(null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="asked by",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="decided by",
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
                    "user",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical request for an admin",
                "verbose_name_plural": "historical requests for admins",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [models.Index(fields=["history_date", "id"], name="users_histo_history_63e016_idx")],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalUser",
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
                    "email",
                    models.EmailField(
                        db_index=True,
                        error_messages={"unique": "There is already an account with this address."},
                        max_length=254,
                        verbose_name="e-mail address",
                    ),
                ),
                ("name", models.CharField(max_length=150, verbose_name="name")),
                (
                    "role",
                    models.CharField(
                        choices=[("patient", "Patient"), ("doctor", "Doctor"), ("staff", "Staff"), ("admin", "Admin")],
                        default="patient",
                        max_length=10,
                        verbose_name="role",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                ("is_verified", models.BooleanField(default=False, verbose_name="e-mail confirmed")),
                (
                    "language",
                    models.CharField(
                        blank=True,
                        choices=[("en", "English"), ("bn", "Bangla")],
                        help_text="Of mails and of the pages.",
                        max_length=5,
                        verbose_name="language",
                    ),
                ),
                ("suspended_until", models.DateTimeField(blank=True, null=True, verbose_name="suspended until")),
                ("muted_until", models.DateTimeField(blank=True, null=True, verbose_name="muted until")),
                ("second_factor_at", models.DateTimeField(blank=True, null=True, verbose_name="second factor since")),
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
                "verbose_name": "historical user",
                "verbose_name_plural": "historical users",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [models.Index(fields=["history_date", "id"], name="users_histo_history_5e1fec_idx")],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalUserProfile",
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
                    "phone",
                    models.CharField(
                        blank=True,
                        max_length=20,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^\\+?[0-9][0-9 \\-]{5,18}$",
                                "Enter the phone number in digits, for example +8801712345678.",
                            )
                        ],
                        verbose_name="phone",
                    ),
                ),
                ("date_of_birth", models.DateField(blank=True, null=True, verbose_name="date of birth")),
                (
                    "gender",
                    models.CharField(
                        blank=True,
                        choices=[("female", "Female"), ("male", "Male"), ("other", "Other"), ("unknown", "Unknown")],
                        max_length=10,
                        verbose_name="gender",
                    ),
                ),
                (
                    "blood_group",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("A+", "A+"),
                            ("A-", "A-"),
                            ("B+", "B+"),
                            ("B-", "B-"),
                            ("AB+", "AB+"),
                            ("AB-", "AB-"),
                            ("O+", "O+"),
                            ("O-", "O-"),
                        ],
                        max_length=3,
                        verbose_name="blood group",
                    ),
                ),
                ("address", models.CharField(blank=True, max_length=255, verbose_name="address")),
                ("city", models.CharField(blank=True, max_length=100, verbose_name="city")),
                ("emergency_contact", models.CharField(blank=True, max_length=150, verbose_name="emergency contact")),
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
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical contact details",
                "verbose_name_plural": "historical contact details",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [models.Index(fields=["history_date", "id"], name="users_histo_history_825227_idx")],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
    ]
