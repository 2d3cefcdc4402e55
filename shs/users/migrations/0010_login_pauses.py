import django.db.models.deletion
import shs.core.records.words
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('users', '0009_tokens_of_sessions'),
    ]

    operations = [
        migrations.CreateModel(
            name='LoginPause',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account', models.CharField(blank=True, max_length=254, verbose_name='account')),
                ('address', models.CharField(blank=True, max_length=45, verbose_name='internet address')),
                ('device', models.CharField(blank=True, max_length=32)),
                ('failures', models.PositiveIntegerField(default=0, verbose_name='wrong guesses')),
                ('failed_at', models.DateTimeField(verbose_name='last one')),
                ('until', models.DateTimeField(blank=True, db_index=True, null=True, verbose_name='paused until')),
                ('lifted_at', models.DateTimeField(blank=True, null=True, verbose_name='lifted')),
                ('lifted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='lifted by')),
            ],
            options={
                'verbose_name': 'pause after wrong logins',
                'verbose_name_plural': 'pauses after wrong logins',
                'permissions': [('lift_loginpause', 'Can lift a pause after wrong logins')],
                'default_permissions': ('view',),
                'indexes': [models.Index(fields=['-failed_at', '-id'], name='loginpause_latest'), shs.core.records.words.WordsIndex(fields=['account'], name='loginpause_words')],
                'constraints': [models.UniqueConstraint(fields=('account', 'address', 'device'), name='loginpause_once'), models.CheckConstraint(condition=models.Q(models.Q(('account', ''), _negated=True), models.Q(('address', ''), _negated=True), _connector='OR'), name='loginpause_of_something')],
            },
        ),
    ]
