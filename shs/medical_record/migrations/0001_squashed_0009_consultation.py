from importlib import import_module

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
import django.utils.timezone
import shs.core.context
import shs.core.operations
import shs.core.records.derived
import shs.core.records.words
import simple_history.models
from django.conf import settings
from django.db import migrations, models
from shs.core.records.migrations import derive_columns

data = import_module("shs.medical_record.migrations.0002_data")
consultation = import_module("shs.medical_record.migrations.0009_consultation")


class Migration(migrations.Migration):

    replaces = [('medical_record', '0001_initial'), ('medical_record', '0002_data'), ('medical_record', '0003_lists'), ('medical_record', '0004_proof_of_identity'), ('medical_record', '0005_archive_and_merge'), ('medical_record', '0006_confidential_and_guardians'), ('medical_record', '0007_no_known_allergies'), ('medical_record', '0008_observed'), ('medical_record', '0009_consultation')]

    initial = True

    dependencies = [
        ('appointment', '0016_call'),
        ('core', '0012_read_as_guardian'),
        ('users', '0021_pharmacies'),
    ]

    operations = [
        shs.core.operations.CreateModels(
            models=[migrations.CreateModel(
                name='BreakGlass',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                    ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated')),
                    ('doctor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='glass_broken', to=settings.AUTH_USER_MODEL, verbose_name='doctor')),
                    ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='patient')),
                    ('reason', models.CharField(max_length=500, verbose_name='reason')),
                    ('opened_at', models.DateTimeField(verbose_name='opened')),
                    ('ends_at', models.DateTimeField(verbose_name='until')),
                    ('status', models.CharField(choices=[('waiting', 'To review'), ('justified', 'Justified'), ('objected', 'Not justified')], default='waiting', max_length=10, verbose_name='review')),
                    ('finding', models.CharField(blank=True, max_length=500, verbose_name="the auditor's finding")),
                    ('reviewed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='reviewed by')),
                    ('reviewed_at', models.DateTimeField(blank=True, null=True, verbose_name='reviewed')),
                ],
                options={
                    'verbose_name': 'emergency access',
                    'verbose_name_plural': 'emergency accesses',
                    'ordering': ['-opened_at', '-pk'],
                    'permissions': [('review_breakglass', 'Can review emergency access')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['waiting', 'justified', 'objected'])), name='breakglass_status_known'), models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('opened_at'))), name='breakglass_ends_after_start'), models.CheckConstraint(condition=django.db.models.lookups.GreaterThanOrEqual(django.db.models.functions.text.Length('reason'), models.Value(20)), name='breakglass_reasoned'), models.CheckConstraint(condition=models.Q(models.Q(('reviewed_at__isnull', True), ('reviewed_by__isnull', True), ('status', 'waiting')), models.Q(models.Q(('status', 'waiting'), _negated=True), ('reviewed_at__isnull', False), ('reviewed_by__isnull', False)), _connector='OR'), name='breakglass_reviewed_by_somebody'), models.CheckConstraint(condition=models.Q(('doctor', models.F('patient')), _negated=True), name='breakglass_of_another'), models.UniqueConstraint(condition=models.Q(('status', 'waiting')), fields=('doctor',), name='breakglass_once_before_its_review', violation_error_code='review_pending', violation_error_message='Your last emergency access has not been reviewed yet.')],
                },
            ), migrations.CreateModel(
                name='ConditionCode',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                    ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated')),
                    ('archived_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='archived')),
                    ('merged_into', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged', to='medical_record.conditioncode', verbose_name='merged into')),
                    ('code', models.CharField(error_messages={'unique': 'This code already exists.'}, max_length=8, unique=True, validators=[django.core.validators.RegexValidator('^[A-Z][0-9]{2}(\\.[0-9A-Z]{1,4})?$', 'Enter a code such as I10 or E11.9.')], verbose_name='code')),
                    ('title', models.CharField(max_length=255, verbose_name='title')),
                    ('other_names', models.CharField(blank=True, help_text='As people say it, in Bangla too, with commas between. The search finds the code by them.', max_length=500, verbose_name='other names')),
                    ('heard', shs.core.records.derived.HeardField(blank=True, default='', editable=False, of=('other_names', 'title'))),
                    ('source', models.CharField(max_length=100, verbose_name='source')),
                ],
                options={
                    'verbose_name': 'condition code',
                    'verbose_name_plural': 'condition codes',
                    'ordering': ['code'],
                    'permissions': [('choose_conditioncode', 'Can choose a condition code in a form'), ('import_conditioncode', 'Can import condition codes'), ('export_conditioncode', 'Can export condition codes'), ('archive_conditioncode', 'Can archive condition codes')],
                    'indexes': [shs.core.records.words.WordsIndex(fields=['heard'], name='conditioncode_heard')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('title', ''), _negated=True), name='conditioncode_titled'), models.CheckConstraint(condition=models.Q(('source', ''), _negated=True), name='conditioncode_sourced')],
                },
            ), migrations.CreateModel(
                name='HistoricalBreakGlass',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_request', models.CharField(blank=True, default=shs.core.context.request_id, max_length=32, verbose_name='request')),
                    ('history_address', models.CharField(blank=True, default=shs.core.context.request_address, max_length=45, verbose_name='from')),
                    ('created_at', models.DateTimeField(blank=True, editable=False, verbose_name='created')),
                    ('reason', models.CharField(max_length=500, verbose_name='reason')),
                    ('opened_at', models.DateTimeField(verbose_name='opened')),
                    ('ends_at', models.DateTimeField(verbose_name='until')),
                    ('status', models.CharField(choices=[('waiting', 'To review'), ('justified', 'Justified'), ('objected', 'Not justified')], default='waiting', max_length=10, verbose_name='review')),
                    ('finding', models.CharField(blank=True, max_length=500, verbose_name="the auditor's finding")),
                    ('reviewed_at', models.DateTimeField(blank=True, null=True, verbose_name='reviewed')),
                    ('doctor', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='doctor')),
                    ('patient', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='patient')),
                    ('reviewed_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='reviewed by')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.TextField(null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name': 'historical emergency access',
                    'verbose_name_plural': 'historical emergency accesses',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                    'indexes': [models.Index(fields=['history_date', 'id'], name='medical_rec_history_41c752_idx')],
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='HistoricalConditionCode',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_request', models.CharField(blank=True, default=shs.core.context.request_id, max_length=32, verbose_name='request')),
                    ('history_address', models.CharField(blank=True, default=shs.core.context.request_address, max_length=45, verbose_name='from')),
                    ('created_at', models.DateTimeField(blank=True, editable=False, verbose_name='created')),
                    ('archived_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='archived')),
                    ('code', models.CharField(db_index=True, error_messages={'unique': 'This code already exists.'}, max_length=8, validators=[django.core.validators.RegexValidator('^[A-Z][0-9]{2}(\\.[0-9A-Z]{1,4})?$', 'Enter a code such as I10 or E11.9.')], verbose_name='code')),
                    ('title', models.CharField(max_length=255, verbose_name='title')),
                    ('other_names', models.CharField(blank=True, help_text='As people say it, in Bangla too, with commas between. The search finds the code by them.', max_length=500, verbose_name='other names')),
                    ('source', models.CharField(max_length=100, verbose_name='source')),
                    ('merged_into', models.ForeignKey(blank=True, db_constraint=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='medical_record.conditioncode', verbose_name='merged into')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.TextField(null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name': 'historical condition code',
                    'verbose_name_plural': 'historical condition codes',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                    'indexes': [models.Index(fields=['history_date', 'id'], name='medical_rec_history_64bfad_idx')],
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='HistoricalMedicalRecord',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_request', models.CharField(blank=True, default=shs.core.context.request_id, max_length=32, verbose_name='request')),
                    ('history_address', models.CharField(blank=True, default=shs.core.context.request_address, max_length=45, verbose_name='from')),
                    ('created_at', models.DateTimeField(blank=True, editable=False, verbose_name='created')),
                    ('kind', models.CharField(choices=[('condition', 'Condition'), ('allergy', 'Allergy'), ('medication', 'Medication'), ('immunization', 'Immunization'), ('procedure', 'Procedure'), ('vital_signs', 'Vital signs'), ('note', 'Note'), ('no_allergies', 'No known allergies')], max_length=12, verbose_name='kind')),
                    ('title', models.CharField(max_length=200, verbose_name='title')),
                    ('details', models.TextField(blank=True, max_length=5000, verbose_name='details')),
                    ('severity', models.CharField(blank=True, choices=[('mild', 'Mild'), ('moderate', 'Moderate'), ('severe', 'Severe')], max_length=8, verbose_name='severity')),
                    ('status', models.CharField(choices=[('active', 'Active'), ('resolved', 'Resolved'), ('entered_in_error', 'Entered in error')], default='active', max_length=16, verbose_name='status')),
                    ('onset_date', models.DateField(blank=True, null=True, verbose_name='since')),
                    ('vital_signs', models.JSONField(blank=True, null=True, verbose_name='vital signs')),
                    ('observed', models.JSONField(blank=True, null=True, verbose_name='observed')),
                    ('source', models.CharField(choices=[('patient', 'Patient'), ('doctor', 'Doctor'), ('guardian', 'Guardian')], max_length=8, verbose_name='source')),
                    ('is_confidential', models.BooleanField(default=False, help_text='For patients from 12 to 17: their guardians do not see it.', verbose_name='confidential')),
                    ('recorded_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='recorded')),
                    ('patient', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='patient')),
                    ('code', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='medical_record.conditioncode', to_field='code', verbose_name='ICD-10 code')),
                    ('recorded_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                    ('visit', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='appointment.appointment', verbose_name='written in the visit')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.TextField(null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name': 'historical medical record',
                    'verbose_name_plural': 'historical medical records',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                    'indexes': [models.Index(fields=['history_date', 'id'], name='medical_rec_history_121afe_idx')],
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='HistoricalVisitNote',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_request', models.CharField(blank=True, default=shs.core.context.request_id, max_length=32, verbose_name='request')),
                    ('history_address', models.CharField(blank=True, default=shs.core.context.request_address, max_length=45, verbose_name='from')),
                    ('created_at', models.DateTimeField(blank=True, editable=False, verbose_name='created')),
                    ('version', models.PositiveSmallIntegerField(default=1, verbose_name='version')),
                    ('reason', models.CharField(blank=True, max_length=500, verbose_name='reason')),
                    ('complaint', models.TextField(blank=True, max_length=2000, verbose_name='complaint')),
                    ('findings', models.TextField(blank=True, max_length=4000, verbose_name='findings')),
                    ('assessment', models.TextField(blank=True, max_length=2000, verbose_name='assessment')),
                    ('plan', models.TextField(blank=True, max_length=4000, verbose_name='plan')),
                    ('codes', models.JSONField(blank=True, default=list, verbose_name='codes')),
                    ('passed', models.JSONField(blank=True, default=list, verbose_name='written before by')),
                    ('is_confidential', models.BooleanField(default=False, help_text='For patients from 12 to 17: their guardians do not see it.', verbose_name='confidential')),
                    ('signed_at', models.DateTimeField(verbose_name='signed')),
                    ('digest', models.CharField(max_length=64, verbose_name='seal (SHA-256)')),
                    ('visit', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='appointment.appointment', verbose_name='visit')),
                    ('patient', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='patient')),
                    ('signed_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                    ('amends', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='medical_record.visitnote', verbose_name='replaces')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.TextField(null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name': 'historical note of a visit',
                    'verbose_name_plural': 'historical notes of visits',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                    'indexes': [models.Index(fields=['history_date', 'id'], name='medical_rec_history_0623bb_idx')],
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='MedicalRecord',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                    ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated')),
                    ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='medical_records', to=settings.AUTH_USER_MODEL, verbose_name='patient')),
                    ('kind', models.CharField(choices=[('condition', 'Condition'), ('allergy', 'Allergy'), ('medication', 'Medication'), ('immunization', 'Immunization'), ('procedure', 'Procedure'), ('vital_signs', 'Vital signs'), ('note', 'Note'), ('no_allergies', 'No known allergies')], max_length=12, verbose_name='kind')),
                    ('title', models.CharField(max_length=200, verbose_name='title')),
                    ('details', models.TextField(blank=True, max_length=5000, verbose_name='details')),
                    ('code', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='records', to='medical_record.conditioncode', to_field='code', verbose_name='ICD-10 code')),
                    ('severity', models.CharField(blank=True, choices=[('mild', 'Mild'), ('moderate', 'Moderate'), ('severe', 'Severe')], max_length=8, verbose_name='severity')),
                    ('status', models.CharField(choices=[('active', 'Active'), ('resolved', 'Resolved'), ('entered_in_error', 'Entered in error')], default='active', max_length=16, verbose_name='status')),
                    ('onset_date', models.DateField(blank=True, null=True, verbose_name='since')),
                    ('vital_signs', models.JSONField(blank=True, null=True, verbose_name='vital signs')),
                    ('observed', models.JSONField(blank=True, null=True, verbose_name='observed')),
                    ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='records_written', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                    ('visit', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='records', to='appointment.appointment', verbose_name='written in the visit')),
                    ('source', models.CharField(choices=[('patient', 'Patient'), ('doctor', 'Doctor'), ('guardian', 'Guardian')], max_length=8, verbose_name='source')),
                    ('is_confidential', models.BooleanField(default=False, help_text='For patients from 12 to 17: their guardians do not see it.', verbose_name='confidential')),
                    ('recorded_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='recorded')),
                ],
                options={
                    'verbose_name': 'medical record',
                    'verbose_name_plural': 'medical records',
                    'ordering': ['-recorded_at', '-pk'],
                    'permissions': [('amend_medicalrecord', 'Can amend an entry of a chart'), ('retract_medicalrecord', 'Can mark an entry of a chart as entered in error'), ('share_medicalrecord', 'Can give a doctor access to their own chart'), ('export_medicalrecord', 'Can export entries of charts')],
                    'indexes': [models.Index(fields=['patient', '-recorded_at', '-id'], name='medicalrecord_by_patient'), models.Index(fields=['patient', 'kind', '-recorded_at'], name='medicalrecord_by_kind'), models.Index(fields=['-recorded_at', '-id', 'status'], name='medicalrecord_by_time'), models.Index(fields=['status', '-recorded_at', '-id'], name='medicalrecord_by_status'), shs.core.records.words.WordsIndex(fields=['title'], name='medicalrecord_words')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['condition', 'allergy', 'medication', 'immunization', 'procedure', 'vital_signs', 'note', 'no_allergies'])), name='medicalrecord_kind_known'), models.CheckConstraint(condition=models.Q(('status__in', ['active', 'resolved', 'entered_in_error'])), name='medicalrecord_status_known'), models.CheckConstraint(condition=models.Q(('severity__in', ['', 'mild', 'moderate', 'severe'])), name='medicalrecord_severity_known'), models.CheckConstraint(condition=models.Q(('source__in', ['patient', 'doctor', 'guardian'])), name='medicalrecord_source_known'), models.CheckConstraint(condition=models.Q(('title', ''), _negated=True), name='medicalrecord_titled'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'vital_signs'), ('vital_signs__isnull', False)), models.Q(models.Q(('kind', 'vital_signs'), _negated=True), ('vital_signs__isnull', True)), _connector='OR'), name='medicalrecord_vital_signs_in_their_kind', violation_error_message='Only an entry of the kind “vital signs” can have vital signs.'), models.CheckConstraint(condition=models.Q(('kind', 'vital_signs'), ('observed__isnull', True), _connector='OR'), name='medicalrecord_observed_with_vital_signs', violation_error_message='Only an entry of the kind “vital signs” can have vital signs.'), models.CheckConstraint(condition=models.Q(models.Q(('source', 'patient'), _negated=True), ('patient', models.F('recorded_by')), _connector='OR'), name='medicalrecord_patient_speaks_of_themselves'), models.CheckConstraint(condition=models.Q(('is_confidential', False), ('source', 'doctor'), _connector='OR'), name='medicalrecord_doctors_mark_as_confidential', violation_error_message='Only what a doctor has entered can be confidential.')],
                },
            ), migrations.CreateModel(
                name='VisitDraft',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('visit', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='visit_draft', to='appointment.appointment', verbose_name='visit')),
                    ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='visit_drafts', to=settings.AUTH_USER_MODEL, verbose_name='patient')),
                    ('writer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='drafts_written', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                    ('content', models.JSONField(blank=True, default=dict, verbose_name='content')),
                    ('passed', models.JSONField(blank=True, default=list, verbose_name='written before by')),
                    ('number', models.PositiveIntegerField(default=0, verbose_name='saved so often')),
                    ('saved_at', models.DateTimeField(verbose_name='saved')),
                ],
                options={
                    'verbose_name': 'draft of a visit',
                    'verbose_name_plural': 'drafts of visits',
                },
            ), migrations.CreateModel(
                name='VisitNote',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                    ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated')),
                    ('visit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='visit_notes', to='appointment.appointment', verbose_name='visit')),
                    ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='visit_notes', to=settings.AUTH_USER_MODEL, verbose_name='patient')),
                    ('signed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notes_signed', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                    ('version', models.PositiveSmallIntegerField(default=1, verbose_name='version')),
                    ('amends', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='amended_by', to='medical_record.visitnote', verbose_name='replaces')),
                    ('reason', models.CharField(blank=True, max_length=500, verbose_name='reason')),
                    ('complaint', models.TextField(blank=True, max_length=2000, verbose_name='complaint')),
                    ('findings', models.TextField(blank=True, max_length=4000, verbose_name='findings')),
                    ('assessment', models.TextField(blank=True, max_length=2000, verbose_name='assessment')),
                    ('plan', models.TextField(blank=True, max_length=4000, verbose_name='plan')),
                    ('codes', models.JSONField(blank=True, default=list, verbose_name='codes')),
                    ('passed', models.JSONField(blank=True, default=list, verbose_name='written before by')),
                    ('is_confidential', models.BooleanField(default=False, help_text='For patients from 12 to 17: their guardians do not see it.', verbose_name='confidential')),
                    ('signed_at', models.DateTimeField(verbose_name='signed')),
                    ('digest', models.CharField(max_length=64, verbose_name='seal (SHA-256)')),
                ],
                options={
                    'verbose_name': 'note of a visit',
                    'verbose_name_plural': 'notes of visits',
                    'ordering': ['-signed_at', '-pk'],
                    'permissions': [('amend_visitnote', 'Can amend a note that they have signed')],
                    'indexes': [models.Index(fields=['patient', '-signed_at', '-id'], name='visitnote_by_patient')],
                    'constraints': [models.UniqueConstraint(fields=('visit', 'version'), name='visitnote_signed_once', violation_error_code='note_signed', violation_error_message='The note of this visit is signed already.'), models.CheckConstraint(condition=models.Q(models.Q(('amends__isnull', True), ('reason', ''), ('version', 1)), models.Q(('amends__isnull', False), ('version__gte', 2), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='visitnote_version_names_the_old', violation_error_message='Enter a reason.'), models.CheckConstraint(condition=models.Q(('amends', models.F('id')), _negated=True), name='visitnote_amends_another'), models.CheckConstraint(condition=models.Q(('assessment', ''), ('complaint', ''), ('findings', ''), ('plan', ''), _negated=True), name='visitnote_says_something', violation_error_message='Write something in the note before you sign it.'), models.CheckConstraint(condition=models.Q(('digest', ''), _negated=True), name='visitnote_sealed')],
                },
            )],
        ),
        migrations.RunPython(data.load_codes, migrations.RunPython.noop),
        migrations.RunPython(consultation.name_codes, migrations.RunPython.noop),
        derive_columns("medical_record", "conditioncode"),
    ]
