"""A refresh token belongs to a session, which knows its user."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("users", "0008_fill_app_sessions")]

    operations = [
        migrations.AlterField(
            "refreshtoken",
            "session",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="tokens", to="users.appsession"
            ),
        ),
        migrations.RemoveField("refreshtoken", "family"),
        migrations.RemoveField("refreshtoken", "user"),
    ]
