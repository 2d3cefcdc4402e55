from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0006_proof_of_identity"),
    ]

    operations = [
        migrations.AddField(
            model_name="readlog",
            name="times",
            field=models.PositiveIntegerField(default=1, verbose_name="times"),
        ),
        migrations.CreateModel(
            name="LimitCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=20)),
                ("key", models.CharField(max_length=50)),
                ("hour", models.PositiveIntegerField(db_index=True)),
                ("count", models.PositiveIntegerField()),
            ],
            options={
                "default_permissions": (),
                "constraints": [models.UniqueConstraint(fields=("name", "key", "hour"), name="limitcount_once")],
            },
        ),
    ]
