import django.db.models.deletion
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
            name="ChatMessage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(verbose_name="when")),
                ("message", models.TextField(max_length=4000, verbose_name="question")),
                ("answer", models.TextField(blank=True, verbose_name="answer")),
                ("sources", models.JSONField(default=list, verbose_name="sources")),
                (
                    "status",
                    models.CharField(
                        choices=[("answered", "Answered"), ("unsure", "No answer found"), ("failed", "Failed")],
                        max_length=8,
                        verbose_name="status",
                    ),
                ),
                ("error_code", models.CharField(blank=True, max_length=40, verbose_name="error")),
                ("provider", models.CharField(max_length=40, verbose_name="provider")),
                ("version", models.CharField(blank=True, max_length=60, verbose_name="version")),
                ("latency_ms", models.PositiveIntegerField(verbose_name="milliseconds")),
                ("urgent", models.BooleanField(default=False, verbose_name="urgent")),
                ("rules", models.JSONField(default=list, verbose_name="red flags")),
                (
                    "withdrawn_because",
                    models.CharField(blank=True, max_length=500, verbose_name="reason for withdrawal"),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="chat_messages",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "question to the assistant",
                "verbose_name_plural": "questions to the assistant",
                "permissions": [
                    ("ask_chatmessage", "Can ask the assistant"),
                    ("count_chatmessage", "Can see usage and failures of the assistant"),
                ],
                "default_permissions": ("view", "delete"),
                "indexes": [
                    models.Index(fields=["user", "-created_at", "-id"], name="chatmessage_by_user"),
                    models.Index(fields=["-created_at"], name="chatmessage_by_time"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["answered", "unsure", "failed"])),
                        name="chatmessage_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "failed"), models.Q(("error_code", ""), _negated=True)),
                            models.Q(models.Q(("status", "failed"), _negated=True), ("error_code", "")),
                            _connector="OR",
                        ),
                        name="chatmessage_failed_says_why",
                    ),
                ],
            },
        ),
    ]
