import django.db.models.deletion
import shs.core.context
import shs.core.operations
import shs.core.records.constraints
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('appointment', '0001_initial'), ('appointment', '0002_lists'), ('appointment', '0003_proof_of_identity'), ('appointment', '0004_opens_until')]

    initial = True

    dependencies = [
        ('core', '0001_initial'),
        ('doctors', '0001_initial'),
        ('doctors', '0003_words'),
        ('doctors', '0004_lists'),
        ('users', '__first__'),
    ]

    operations = [
        shs.core.operations.CreateModels(
            models=[migrations.CreateModel(
                name='AppointmentSlot',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                    ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated')),
                    ('starts_at', models.DateTimeField(verbose_name='from')),
                    ('ends_at', models.DateTimeField(verbose_name='to')),
                    ('clinic', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='slots', to='doctors.clinic', verbose_name='clinic')),
                    ('doctor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='slots', to='doctors.doctorinformation', verbose_name='doctor')),
                ],
                options={
                    'verbose_name': 'slot',
                    'verbose_name_plural': 'slots',
                    'ordering': ['-starts_at'],
                    'constraints': [models.UniqueConstraint(fields=('doctor', 'starts_at'), name='appointmentslot_once'), models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='appointmentslot_ends_after_start')],
                    'indexes': [models.Index(fields=['-starts_at', '-id'], name='appointmentslot_by_time'), models.Index(fields=['clinic', '-starts_at', '-id'], name='appointmentslot_by_clinic')],
                },
            ), migrations.CreateModel(
                name='HistoricalAppointmentSlot',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_request', models.CharField(blank=True, default=shs.core.context.request_id, max_length=32, verbose_name='request')),
                    ('history_address', models.CharField(blank=True, default=shs.core.context.request_address, max_length=45, verbose_name='from')),
                    ('created_at', models.DateTimeField(blank=True, editable=False, verbose_name='created')),
                    ('starts_at', models.DateTimeField(verbose_name='from')),
                    ('ends_at', models.DateTimeField(verbose_name='to')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.TextField(null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('clinic', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='doctors.clinic', verbose_name='clinic')),
                    ('doctor', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='doctors.doctorinformation', verbose_name='doctor')),
                    ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name': 'historical slot',
                    'verbose_name_plural': 'historical slots',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                    'indexes': [models.Index(fields=['history_date', 'id'], name='appointment_history_27a07b_idx')],
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='Appointment',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                    ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated')),
                    ('number', models.CharField(editable=False, max_length=20, unique=True, verbose_name='number')),
                    ('serial', models.PositiveSmallIntegerField(verbose_name='serial')),
                    ('starts_at', models.DateTimeField(verbose_name='when')),
                    ('ends_at', models.DateTimeField(verbose_name='until')),
                    ('status', models.CharField(choices=[('pending', 'Requested'), ('confirmed', 'Confirmed'), ('completed', 'Completed'), ('cancelled', 'Cancelled'), ('missed', 'Missed')], default='pending', max_length=10, verbose_name='status')),
                    ('source', models.CharField(choices=[('app', 'Patient app'), ('desk', 'Clinic desk'), ('walk_in', 'Walk-in')], default='app', max_length=10, verbose_name='booked by')),
                    ('is_extra', models.BooleanField(default=False, verbose_name='extra visit')),
                    ('checked_in_at', models.DateTimeField(blank=True, null=True, verbose_name='checked in')),
                    ('fee', models.DecimalField(decimal_places=2, max_digits=10, verbose_name='fee (BDT)')),
                    ('reason', models.TextField(blank=True, max_length=500, verbose_name='reason for the visit')),
                    ('notes', models.TextField(blank=True, max_length=2000, verbose_name="the doctor's notes")),
                    ('clinic', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='doctors.clinic', verbose_name='clinic')),
                    ('doctor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='doctors.doctorinformation', verbose_name='doctor')),
                    ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to=settings.AUTH_USER_MODEL, verbose_name='patient')),
                    ('slot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='appointment.appointmentslot', verbose_name='slot')),
                    ('identity', models.CharField(choices=[('app', 'Booked by the patient'), ('code', 'Proven by a code'), ('document', 'Proven by a document'), ('earlier', 'From before proofs were asked for'), ('none', 'Without proof'), ('objected', 'Objected to by the patient')], default='app', max_length=10, verbose_name='proof of identity')),
                    ('opens_until', models.DateTimeField(blank=True, null=True, verbose_name='opens the chart until')),
                ],
                options={
                    'verbose_name': 'appointment',
                    'verbose_name_plural': 'appointments',
                    'ordering': ['-starts_at', '-pk'],
                    'permissions': [('book_appointment', 'Can book a visit for themselves'), ('attend_appointment', 'Sees patients as a doctor'), ('confirm_appointment', 'Can confirm a visit'), ('check_in_appointment', 'Can say that the patient is there'), ('complete_appointment', 'Can say that a visit took place'), ('cancel_appointment', 'Can cancel a visit'), ('miss_appointment', 'Can say that nobody came'), ('reschedule_appointment', 'Can move a visit to another time'), ('remind_appointment', 'Can remind patients of their visits'), ('annotate_appointment', "Can write the doctor's notes"), ('read_reason_appointment', 'Can read why the patient comes'), ('export_appointment', 'Can export visits')],
                    'indexes': [models.Index(fields=['patient', '-starts_at', '-id'], name='appointment_by_patient'), models.Index(fields=['doctor', '-starts_at', '-id'], name='appointment_by_doctor'), models.Index(fields=['clinic', '-starts_at', '-id'], name='appointment_by_clinic'), models.Index(condition=models.Q(('status__in', ('pending', 'confirmed'))), fields=['ends_at'], name='appointment_overdue'), models.Index(fields=['-starts_at', '-id', 'status'], name='appointment_by_time'), models.Index(fields=['status', '-starts_at', '-id'], name='appointment_by_status'), models.Index(fields=['doctor', 'patient'], name='appointment_doctor_patients'), models.Index(fields=['clinic', 'patient'], name='appointment_clinic_patients'), models.Index(fields=['clinic', 'doctor'], name='appointment_clinic_doctors'), models.Index(condition=models.Q(('status__in', ('confirmed', 'completed'))), fields=['doctor', 'opens_until'], name='appointment_opening')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['pending', 'confirmed', 'completed', 'cancelled', 'missed'])), name='appointment_status_known'), models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='appointment_ends_after_start'), models.CheckConstraint(condition=models.Q(('serial__gte', 1)), name='appointment_serial_counts'), models.CheckConstraint(condition=models.Q(('checked_in_at', None), models.Q(('status', 'pending'), _negated=True), _connector='OR'), name='appointment_expected_before_checked_in'), models.UniqueConstraint(condition=models.Q(('status__in', ('pending', 'confirmed', 'completed'))), fields=('slot',), name='appointment_slot_taken_once', violation_error_code='slot_taken', violation_error_message='That time is no longer free.'), shs.core.records.constraints.NeverOverlaps(end='ends_at', fields=('doctor',), name='appointment_doctor_sees_one_at_a_time', only=('status', ('pending', 'confirmed', 'completed')), start='starts_at', violation_error_code='slot_taken', violation_error_message='That time is no longer free.'), shs.core.records.constraints.NeverOverlaps(end='ends_at', fields=('patient',), name='appointment_patient_in_one_place', only=('status', ('pending', 'confirmed', 'completed')), start='starts_at', violation_error_code='patient_busy', violation_error_message='The patient has another appointment at that time.'), models.CheckConstraint(condition=models.Q(('identity__in', ['app', 'code', 'document', 'earlier', 'none', 'objected'])), name='appointment_identity_known')],
                },
            ), migrations.CreateModel(
                name='HistoricalAppointment',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_request', models.CharField(blank=True, default=shs.core.context.request_id, max_length=32, verbose_name='request')),
                    ('history_address', models.CharField(blank=True, default=shs.core.context.request_address, max_length=45, verbose_name='from')),
                    ('created_at', models.DateTimeField(blank=True, editable=False, verbose_name='created')),
                    ('number', models.CharField(db_index=True, editable=False, max_length=20, verbose_name='number')),
                    ('serial', models.PositiveSmallIntegerField(verbose_name='serial')),
                    ('starts_at', models.DateTimeField(verbose_name='when')),
                    ('ends_at', models.DateTimeField(verbose_name='until')),
                    ('status', models.CharField(choices=[('pending', 'Requested'), ('confirmed', 'Confirmed'), ('completed', 'Completed'), ('cancelled', 'Cancelled'), ('missed', 'Missed')], default='pending', max_length=10, verbose_name='status')),
                    ('source', models.CharField(choices=[('app', 'Patient app'), ('desk', 'Clinic desk'), ('walk_in', 'Walk-in')], default='app', max_length=10, verbose_name='booked by')),
                    ('is_extra', models.BooleanField(default=False, verbose_name='extra visit')),
                    ('checked_in_at', models.DateTimeField(blank=True, null=True, verbose_name='checked in')),
                    ('fee', models.DecimalField(decimal_places=2, max_digits=10, verbose_name='fee (BDT)')),
                    ('reason', models.TextField(blank=True, max_length=500, verbose_name='reason for the visit')),
                    ('notes', models.TextField(blank=True, max_length=2000, verbose_name="the doctor's notes")),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.TextField(null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('clinic', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='doctors.clinic', verbose_name='clinic')),
                    ('doctor', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='doctors.doctorinformation', verbose_name='doctor')),
                    ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('patient', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='patient')),
                    ('slot', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='appointment.appointmentslot', verbose_name='slot')),
                    ('identity', models.CharField(choices=[('app', 'Booked by the patient'), ('code', 'Proven by a code'), ('document', 'Proven by a document'), ('earlier', 'From before proofs were asked for'), ('none', 'Without proof'), ('objected', 'Objected to by the patient')], default='app', max_length=10, verbose_name='proof of identity')),
                    ('opens_until', models.DateTimeField(blank=True, null=True, verbose_name='opens the chart until')),
                ],
                options={
                    'verbose_name': 'historical appointment',
                    'verbose_name_plural': 'historical appointments',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                    'indexes': [models.Index(fields=['history_date', 'id'], name='appointment_history_a2e647_idx')],
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='HistoricalIdentityCheck',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_request', models.CharField(blank=True, default=shs.core.context.request_id, max_length=32, verbose_name='request')),
                    ('history_address', models.CharField(blank=True, default=shs.core.context.request_address, max_length=45, verbose_name='from')),
                    ('created_at', models.DateTimeField(blank=True, editable=False, verbose_name='created')),
                    ('how', models.CharField(choices=[('code', 'Code sent to the confirmed address'), ('document', 'Document seen'), ('none', 'Without proof'), ('objected', '“This was not me”')], max_length=10, verbose_name='how')),
                    ('document', models.CharField(blank=True, choices=[('nid', 'National identity card'), ('birth', 'Birth certificate'), ('passport', 'Passport'), ('licence', 'Driving licence'), ('other', 'Other document with a photograph')], max_length=10, verbose_name='document')),
                    ('last_four', models.CharField(blank=True, max_length=4, verbose_name='its last four characters')),
                    ('reason', models.CharField(blank=True, max_length=500, verbose_name='reason')),
                    ('at', models.DateTimeField(verbose_name='when')),
                    ('status', models.CharField(choices=[('not_needed', 'Nothing to review'), ('waiting', 'To review'), ('justified', 'Justified'), ('objected', 'Not justified')], default='not_needed', max_length=10, verbose_name='review')),
                    ('finding', models.CharField(blank=True, max_length=500, verbose_name="the auditor's finding")),
                    ('reviewed_at', models.DateTimeField(blank=True, null=True, verbose_name='reviewed')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.TextField(null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                    ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('reviewed_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='reviewed by')),
                    ('visit', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='appointment.appointment', verbose_name='appointment')),
                ],
                options={
                    'verbose_name': 'historical proof of identity',
                    'verbose_name_plural': 'historical proofs of identity',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                    'indexes': [models.Index(fields=['history_date', 'id'], name='appointment_history_11acb7_idx')],
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='IdentityCheck',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                    ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated')),
                    ('how', models.CharField(choices=[('code', 'Code sent to the confirmed address'), ('document', 'Document seen'), ('none', 'Without proof'), ('objected', '“This was not me”')], max_length=10, verbose_name='how')),
                    ('document', models.CharField(blank=True, choices=[('nid', 'National identity card'), ('birth', 'Birth certificate'), ('passport', 'Passport'), ('licence', 'Driving licence'), ('other', 'Other document with a photograph')], max_length=10, verbose_name='document')),
                    ('last_four', models.CharField(blank=True, max_length=4, verbose_name='its last four characters')),
                    ('reason', models.CharField(blank=True, max_length=500, verbose_name='reason')),
                    ('at', models.DateTimeField(verbose_name='when')),
                    ('status', models.CharField(choices=[('not_needed', 'Nothing to review'), ('waiting', 'To review'), ('justified', 'Justified'), ('objected', 'Not justified')], default='not_needed', max_length=10, verbose_name='review')),
                    ('finding', models.CharField(blank=True, max_length=500, verbose_name="the auditor's finding")),
                    ('reviewed_at', models.DateTimeField(blank=True, null=True, verbose_name='reviewed')),
                    ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='identities_checked', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                    ('reviewed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='reviewed by')),
                    ('visit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='identity_checks', to='appointment.appointment', verbose_name='appointment')),
                ],
                options={
                    'verbose_name': 'proof of identity',
                    'verbose_name_plural': 'proofs of identity',
                    'ordering': ['-at', '-pk'],
                    'permissions': [('review_identitycheck', 'Can review visits without proof of identity, and objections')],
                    'default_permissions': ('view',),
                    'indexes': [models.Index(fields=['-at', '-id'], name='identitycheck_by_time'), models.Index(fields=['status', '-at', '-id'], name='identitycheck_by_status')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('how__in', ['code', 'document', 'none', 'objected'])), name='identitycheck_how_known'), models.CheckConstraint(condition=models.Q(('document__in', ['', 'nid', 'birth', 'passport', 'licence', 'other'])), name='identitycheck_document_known'), models.CheckConstraint(condition=models.Q(('status__in', ['not_needed', 'waiting', 'justified', 'objected'])), name='identitycheck_status_known'), models.CheckConstraint(condition=models.Q(models.Q(('document__gt', ''), ('how', 'document'), ('last_four__gt', '')), models.Q(models.Q(('how', 'document'), _negated=True), ('document', ''), ('last_four', '')), _connector='OR'), name='identitycheck_document_named'), models.CheckConstraint(condition=models.Q(models.Q(('how', 'none'), _negated=True), ('reason__gt', ''), _connector='OR'), name='identitycheck_none_says_why')],
                },
            ), migrations.CreateModel(
                name='IdentityCode',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('nonce', models.CharField(max_length=32)),
                    ('sent_at', models.DateTimeField()),
                    ('wrong', models.PositiveSmallIntegerField(default=0)),
                    ('visit', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='identity_code', to='appointment.appointment')),
                ],
                options={
                    'default_permissions': (),
                },
            )],
        ),
    ]
