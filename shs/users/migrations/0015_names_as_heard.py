import shs.core.records.derived
import shs.core.records.words
from django.db import migrations, models


from shs.core.records.migrations import derive_columns


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('users', '0014_people'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='user',
            name='user_words',
        ),
        migrations.AddField(
            model_name='user',
            name='heard',
            field=shs.core.records.derived.HeardField(blank=True, default='', editable=False, of=('name', 'name_bn')),
        ),
        migrations.AddField(
            model_name='contactpoint',
            name='digits',
            field=shs.core.records.derived.DigitsField(blank=True, default='', editable=False, of=('value',)),
        ),
        derive_columns("users", "user"),
        derive_columns("users", "contactpoint"),
        migrations.AddIndex(
            model_name='user',
            index=shs.core.records.words.WordsIndex(fields=['heard'], name='user_heard'),
        ),
        migrations.AddIndex(
            model_name='contactpoint',
            index=shs.core.records.words.GramsIndex(fields=['digits'], name='contactpoint_digits'),
        ),
        migrations.AddIndex(
            model_name='userprofile',
            index=models.Index(fields=['date_of_birth'], name='userprofile_by_birth'),
        ),
    ]
