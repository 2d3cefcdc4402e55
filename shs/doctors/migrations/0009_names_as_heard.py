import tomllib

import django.db.models.deletion
import shs.core.context
import shs.core.records.derived
import shs.core.records.words
import simple_history.models
from django.conf import settings
from django.db import migrations, models

from shs.core.records.migrations import derive_columns
from shs.doctors.models.names import Places
from shs.doctors.services.derived import search_words


def load_names(apps, schema_editor):
    """Other names of the specializations and districts, from the fixtures."""
    specialization, alias, place = (
        apps.get_model("doctors", name) for name in ("DoctorSpecialization", "SpecialtyAlias", "PlaceName")
    )
    named = tomllib.loads((settings.BASE_DIR / "fixtures" / "specialty_names.toml").read_text(encoding="utf-8"))
    rows = {row.slug: row for row in specialization.objects.filter(slug__in=named)}
    alias.objects.bulk_create(
        alias(specialization=rows[slug], name=name) for slug, names in named.items() if slug in rows for name in names
    )
    places = tomllib.loads((settings.BASE_DIR / "fixtures" / "place_names.toml").read_text(encoding="utf-8"))
    place.objects.bulk_create(
        place(place=here, name=name, source=places["source"]) for here, names in places["names"].items() for name in names
    )


def write_words(apps, schema_editor):
    """The words by which patients find the doctors who are there already, now by all names."""
    doctor, place = apps.get_model("doctors", "DoctorInformation"), apps.get_model("doctors", "PlaceName")
    places = Places(place.objects.values_list("place", "name"))
    for row in doctor.objects.prefetch_related("specializations__aliases", "clinics").iterator(chunk_size=500):
        told = [name for one in row.specializations.all() for name in (one.name, *(a.name for a in one.aliases.all()))]
        where = [row.location, *(text for clinic in row.clinics.all() for text in (clinic.name, clinic.city))]
        told += [row.education, row.bio]
        words = search_words(names=[row.name], where=where, told=told, places=places)
        doctor.objects.filter(pk=row.pk).update(search_text=words)


class Migration(migrations.Migration):

    dependencies = [
        ('doctors', '0008_archive_and_merge'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='HistoricalPlaceName',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('history_request', models.CharField(blank=True, default=shs.core.context.request_id, max_length=32, verbose_name='request')),
                ('history_address', models.CharField(blank=True, default=shs.core.context.request_address, max_length=45, verbose_name='from')),
                ('created_at', models.DateTimeField(blank=True, editable=False, verbose_name='created')),
                ('place', models.CharField(max_length=100, verbose_name='place')),
                ('name', models.CharField(max_length=100, verbose_name='other name')),
                ('source', models.CharField(blank=True, max_length=255, verbose_name='source')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical other name of a place',
                'verbose_name_plural': 'historical other names of places',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalSpecialtyAlias',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('history_request', models.CharField(blank=True, default=shs.core.context.request_id, max_length=32, verbose_name='request')),
                ('history_address', models.CharField(blank=True, default=shs.core.context.request_address, max_length=45, verbose_name='from')),
                ('created_at', models.DateTimeField(blank=True, editable=False, verbose_name='created')),
                ('name', models.CharField(max_length=100, verbose_name='other name')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
            ],
            options={
                'verbose_name': 'historical other name of a specialization',
                'verbose_name_plural': 'historical other names of specializations',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='PlaceName',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated')),
                ('place', models.CharField(max_length=100, verbose_name='place')),
                ('name', models.CharField(max_length=100, verbose_name='other name')),
                ('source', models.CharField(blank=True, max_length=255, verbose_name='source')),
            ],
            options={
                'verbose_name': 'other name of a place',
                'verbose_name_plural': 'other names of places',
                'ordering': ['place', 'name'],
            },
        ),
        migrations.CreateModel(
            name='SpecialtyAlias',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated')),
                ('name', models.CharField(max_length=100, verbose_name='other name')),
            ],
            options={
                'verbose_name': 'other name of a specialization',
                'verbose_name_plural': 'other names of specializations',
                'ordering': ['name'],
            },
        ),
        migrations.RemoveIndex(
            model_name='doctorinformation',
            name='doctor_words',
        ),
        migrations.AddField(
            model_name='doctorinformation',
            name='heard',
            field=shs.core.records.derived.HeardField(blank=True, default='', editable=False, of=('name',)),
        ),
        derive_columns("doctors", "doctorinformation"),
        migrations.AddIndex(
            model_name='doctorinformation',
            index=shs.core.records.words.WordsIndex(fields=['heard'], name='doctor_heard'),
        ),
        migrations.AddField(
            model_name='historicalplacename',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalspecialtyalias',
            name='history_user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='historicalspecialtyalias',
            name='specialization',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='doctors.doctorspecialization', verbose_name='specialization'),
        ),
        migrations.AddConstraint(
            model_name='placename',
            constraint=models.UniqueConstraint(fields=('place', 'name'), name='placename_once', violation_error_message='This place has this name already.'),
        ),
        migrations.AddConstraint(
            model_name='placename',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('name', ''), _negated=True), models.Q(('place', ''), _negated=True)), name='placename_named'),
        ),
        migrations.AddField(
            model_name='specialtyalias',
            name='specialization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='aliases', to='doctors.doctorspecialization', verbose_name='specialization'),
        ),
        migrations.AddIndex(
            model_name='historicalplacename',
            index=models.Index(fields=['history_date', 'id'], name='doctors_his_history_0d295b_idx'),
        ),
        migrations.AddIndex(
            model_name='historicalspecialtyalias',
            index=models.Index(fields=['history_date', 'id'], name='doctors_his_history_a371b6_idx'),
        ),
        migrations.AddConstraint(
            model_name='specialtyalias',
            constraint=models.UniqueConstraint(fields=('specialization', 'name'), name='specialtyalias_once', violation_error_message='This specialization has this name already.'),
        ),
        migrations.AddConstraint(
            model_name='specialtyalias',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='specialtyalias_named'),
        ),
        migrations.RunPython(load_names, migrations.RunPython.noop),
        migrations.RunPython(write_words, migrations.RunPython.noop),
    ]
