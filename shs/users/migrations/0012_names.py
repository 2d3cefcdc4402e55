import shs.core.records.values
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('users', '0011_mail_requests'),
    ]

    operations = [
        migrations.AlterField(
            model_name='historicaluser',
            name='name',
            field=models.CharField(max_length=150, validators=[shs.core.records.values.validate_person_name], verbose_name='name'),
        ),
        migrations.AlterField(
            model_name='historicaluserprofile',
            name='date_of_birth',
            field=models.DateField(blank=True, null=True, validators=[shs.core.records.values.validate_past_day], verbose_name='date of birth'),
        ),
        migrations.AlterField(
            model_name='user',
            name='name',
            field=models.CharField(max_length=150, validators=[shs.core.records.values.validate_person_name], verbose_name='name'),
        ),
        migrations.AlterField(
            model_name='userprofile',
            name='date_of_birth',
            field=models.DateField(blank=True, null=True, validators=[shs.core.records.values.validate_past_day], verbose_name='date of birth'),
        ),
    ]
