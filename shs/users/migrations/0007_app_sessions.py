"""A row for each login of an app, which its tokens name."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("users", "0006_confirmed_by_reset")]

    operations = [
        migrations.CreateModel(
            name="AppSession",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(verbose_name="since")),
                ("seen_at", models.DateTimeField(verbose_name="last used")),
                ("expires_at", models.DateTimeField(db_index=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("second_factor_at", models.DateTimeField(null=True)),
                ("address", models.CharField(blank=True, max_length=45, verbose_name="from")),
                ("user_agent", models.CharField(blank=True, max_length=200)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="app_sessions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"default_permissions": ()},
        ),
        migrations.AddField(
            "refreshtoken",
            "session",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="tokens",
                to="users.appsession",
            ),
        ),
        migrations.AddField("refreshtoken", "address", models.CharField(blank=True, max_length=45)),
        migrations.AddField(
            "refreshtoken",
            "successor",
            models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="predecessor",
                to="users.refreshtoken",
            ),
        ),
        migrations.RenameField("refreshtoken", "revoked_at", "replaced_at"),
        migrations.AlterField("refreshtoken", "created_at", models.DateTimeField()),
    ]
