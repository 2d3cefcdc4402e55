import shs.core.records.values
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('doctors', '0006_fact_proposals_by_status'),
    ]

    operations = [
        migrations.AlterField(
            model_name='doctorinformation',
            name='name',
            field=models.CharField(max_length=150, validators=[shs.core.records.values.validate_person_name], verbose_name='name'),
        ),
        migrations.AlterField(
            model_name='historicaldoctorinformation',
            name='name',
            field=models.CharField(max_length=150, validators=[shs.core.records.values.validate_person_name], verbose_name='name'),
        ),
    ]
