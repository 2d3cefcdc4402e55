import django.db.models.deletion
import shs.core.context
import shs.core.operations
import shs.prescription.models.content
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('letters', '0001_initial'), ('letters', '0002_reprint')]

    initial = True

    dependencies = [
        ('appointment', '0016_call'),
        ('doctors', '0012_letterhead'),
        ('users', '0021_pharmacies'),
    ]

    operations = [
        shs.core.operations.CreateModels(
            models=[migrations.CreateModel(
                name='HistoricalLetter',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_request', models.CharField(blank=True, default=shs.core.context.request_id, max_length=32, verbose_name='request')),
                    ('history_address', models.CharField(blank=True, default=shs.core.context.request_address, max_length=45, verbose_name='from')),
                    ('created_at', models.DateTimeField(blank=True, editable=False, verbose_name='created')),
                    ('kind', models.CharField(choices=[('referral', 'Referral letter'), ('sick_note', 'Sick note'), ('summary', 'Visit summary')], max_length=9, verbose_name='kind')),
                    ('code', models.CharField(db_index=True, default=shs.prescription.models.content.new_code, editable=False, max_length=20, verbose_name='code')),
                    ('language', models.CharField(max_length=5, verbose_name='language')),
                    ('parties', models.JSONField(default=dict, editable=False, verbose_name='names when issued')),
                    ('is_confidential', models.BooleanField(default=False, verbose_name='confidential')),
                    ('issued_at', models.DateTimeField(verbose_name='issued')),
                    ('digest', models.CharField(editable=False, max_length=64, verbose_name='seal (SHA-256)')),
                    ('status', models.CharField(choices=[('issued', 'Issued'), ('cancelled', 'Cancelled')], default='issued', max_length=10, verbose_name='state')),
                    ('status_reason', models.CharField(blank=True, max_length=500, verbose_name='reason for ending')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.TextField(null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('colleague', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='doctors.doctorinformation', verbose_name='referred to')),
                    ('doctor', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='doctors.doctorinformation', verbose_name='doctor')),
                    ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('patient', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='patient')),
                    ('visit', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='appointment.appointment', verbose_name='appointment')),
                ],
                options={
                    'verbose_name': 'historical letter',
                    'verbose_name_plural': 'historical letters',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                    'indexes': [models.Index(fields=['history_date', 'id'], name='letters_his_history_dbb3e9_idx')],
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='Letter',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                    ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated')),
                    ('kind', models.CharField(choices=[('referral', 'Referral letter'), ('sick_note', 'Sick note'), ('summary', 'Visit summary')], max_length=9, verbose_name='kind')),
                    ('code', models.CharField(default=shs.prescription.models.content.new_code, editable=False, max_length=20, unique=True, verbose_name='code')),
                    ('language', models.CharField(max_length=5, verbose_name='language')),
                    ('written', models.JSONField(default=dict, editable=False, verbose_name='content')),
                    ('parties', models.JSONField(default=dict, editable=False, verbose_name='names when issued')),
                    ('is_confidential', models.BooleanField(default=False, verbose_name='confidential')),
                    ('issued_at', models.DateTimeField(verbose_name='issued')),
                    ('digest', models.CharField(editable=False, max_length=64, verbose_name='seal (SHA-256)')),
                    ('status', models.CharField(choices=[('issued', 'Issued'), ('cancelled', 'Cancelled')], default='issued', max_length=10, verbose_name='state')),
                    ('status_reason', models.CharField(blank=True, max_length=500, verbose_name='reason for ending')),
                    ('colleague', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='referrals', to='doctors.doctorinformation', verbose_name='referred to')),
                    ('doctor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='letters', to='doctors.doctorinformation', verbose_name='doctor')),
                    ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='letters', to=settings.AUTH_USER_MODEL, verbose_name='patient')),
                    ('visit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='letters', to='appointment.appointment', verbose_name='appointment')),
                ],
                options={
                    'verbose_name': 'letter',
                    'verbose_name_plural': 'letters',
                    'ordering': ['-issued_at', '-pk'],
                    'permissions': [('issue_letter', 'Can issue a letter of a visit'), ('cancel_letter', 'Can cancel a letter'), ('export_letter', 'Can export letters'), ('reprint_letter', 'Can print a letter again for its patient')],
                    'indexes': [models.Index(fields=['patient', '-issued_at', '-id'], name='letter_by_patient'), models.Index(fields=['doctor', '-issued_at', '-id'], name='letter_by_doctor'), models.Index(fields=['-issued_at', '-id'], name='letter_by_time'), models.Index(fields=['status', '-issued_at', '-id'], name='letter_by_status')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['referral', 'sick_note', 'summary'])), name='letter_kind_known'), models.CheckConstraint(condition=models.Q(('status__in', ['issued', 'cancelled'])), name='letter_status_known'), models.CheckConstraint(condition=models.Q(('digest', ''), _negated=True), name='letter_sealed'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'cancelled'), _negated=True), models.Q(('status_reason', ''), _negated=True), _connector='OR'), name='letter_reasoned_when_cancelled', violation_error_message='Enter a reason.'), models.CheckConstraint(condition=models.Q(('kind', 'referral'), ('colleague__isnull', True), _connector='OR'), name='letter_colleague_of_referrals'), models.UniqueConstraint(condition=models.Q(('kind__in', ['sick_note', 'summary']), ('status', 'issued')), fields=('visit', 'kind', 'status'), name='letter_issued_once', violation_error_code='letter_exists', violation_error_message='This visit has such a letter already. Cancel that one first.')],
                },
            )],
        ),
    ]
