"""Each family of refresh tokens becomes a session: it stands if one of its tokens could be used."""

from django.db import migrations


def fill(apps, schema_editor):
    """Make the sessions, newest token last, and give each token its session and its successor."""
    token, session = apps.get_model("users", "RefreshToken"), apps.get_model("users", "AppSession")
    families = {}
    for row in token.objects.select_related("user").order_by("created_at"):
        families.setdefault(row.family, []).append(row)
    for family, rows in families.items():
        first, last = rows[0], rows[-1]
        is_over = all(row.used_at or row.replaced_at for row in rows)
        factor = last.user.second_factor_at
        session.objects.create(
            id=family,
            user=last.user,
            created_at=first.created_at,
            seen_at=last.created_at,
            expires_at=max(row.expires_at for row in rows),
            ended_at=max(row.used_at or row.replaced_at for row in rows) if is_over else None,
            second_factor_at=factor if factor and factor <= first.created_at else None,
            user_agent=last.user_agent,
        )
        token.objects.filter(family=family).update(session=family)
        for row, following in zip(rows, rows[1:]):
            token.objects.filter(pk=row.pk).update(successor=following.pk)


class Migration(migrations.Migration):
    dependencies = [("users", "0007_app_sessions")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
