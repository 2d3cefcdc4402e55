from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('users', '0010_login_pauses'),
    ]

    operations = [
        migrations.CreateModel(
            name='MailRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('reset', 'Password reset'), ('taken', 'Registration with an address that has an account')], max_length=10)),
                ('email', models.CharField(max_length=254)),
                ('at', models.DateTimeField()),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['reset', 'taken'])), name='mailrequest_kind_known')],
            },
        ),
    ]
