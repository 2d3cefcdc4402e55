import django.db.models.deletion
import shs.core.context
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('appointment', '0014_places'),
        ('doctors', '0010_auto_confirms'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='appointment',
            options={'ordering': ['-starts_at', '-pk'], 'permissions': [('book_appointment', 'Can book a visit for themselves'), ('attend_appointment', 'Sees patients as a doctor'), ('confirm_appointment', 'Can confirm a visit'), ('check_in_appointment', 'Can say that the patient is there'), ('complete_appointment', 'Can say that a visit took place'), ('cancel_appointment', 'Can cancel a visit'), ('miss_appointment', 'Can say that nobody came'), ('reschedule_appointment', 'Can move a visit to another time'), ('remind_appointment', 'Can remind patients of their visits'), ('delay_appointment', 'Can say that the doctor is late'), ('put_first_appointment', 'Can let a patient be seen first'), ('annotate_appointment', "Can write the doctor's notes"), ('read_reason_appointment', 'Can read why the patient comes'), ('export_appointment', 'Can export visits')], 'verbose_name': 'appointment', 'verbose_name_plural': 'appointments'},
        ),
        migrations.AddField(
            model_name='appointment',
            name='urgent_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='goes first since'),
        ),
        migrations.AddField(
            model_name='historicalappointment',
            name='urgent_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='goes first since'),
        ),
        migrations.CreateModel(
            name='DoctorSession',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated')),
                ('day', models.DateField(verbose_name='day')),
                ('room', models.CharField(blank=True, max_length=20, verbose_name='room')),
                ('begun_at', models.DateTimeField(verbose_name='begun')),
                ('paused_at', models.DateTimeField(blank=True, null=True, verbose_name='paused')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended')),
                ('called_at', models.DateTimeField(blank=True, null=True, verbose_name='called')),
                ('step', models.PositiveIntegerField(default=1, editable=False)),
                ('before', models.JSONField(default=dict, editable=False)),
                ('clinic', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='doctors.clinic', verbose_name='clinic')),
                ('doctor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sessions', to='doctors.doctorinformation', verbose_name='doctor')),
                ('now_serving', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='appointment.appointment', verbose_name='now inside')),
            ],
            options={
                'verbose_name': 'session',
                'verbose_name_plural': 'sessions',
                'ordering': ['-begun_at', '-pk'],
                'permissions': [('begin_doctorsession', "Can begin a doctor's session"), ('run_doctorsession', 'Can call patients, pause and end a session'), ('complete_doctorsession', 'Can complete the visit that was called, and call the next')],
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='HistoricalDoctorSession',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('history_request', models.CharField(blank=True, default=shs.core.context.request_id, max_length=32, verbose_name='request')),
                ('history_address', models.CharField(blank=True, default=shs.core.context.request_address, max_length=45, verbose_name='from')),
                ('created_at', models.DateTimeField(blank=True, editable=False, verbose_name='created')),
                ('day', models.DateField(verbose_name='day')),
                ('room', models.CharField(blank=True, max_length=20, verbose_name='room')),
                ('begun_at', models.DateTimeField(verbose_name='begun')),
                ('paused_at', models.DateTimeField(blank=True, null=True, verbose_name='paused')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended')),
                ('called_at', models.DateTimeField(blank=True, null=True, verbose_name='called')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('clinic', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='doctors.clinic', verbose_name='clinic')),
                ('doctor', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='doctors.doctorinformation', verbose_name='doctor')),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('now_serving', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='appointment.appointment', verbose_name='now inside')),
            ],
            options={
                'verbose_name': 'historical session',
                'verbose_name_plural': 'historical sessions',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalWaitingScreen',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('history_request', models.CharField(blank=True, default=shs.core.context.request_id, max_length=32, verbose_name='request')),
                ('history_address', models.CharField(blank=True, default=shs.core.context.request_address, max_length=45, verbose_name='from')),
                ('created_at', models.DateTimeField(blank=True, editable=False, verbose_name='created')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField()),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('clinic', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='doctors.clinic', verbose_name='clinic')),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical screen for the waiting room',
                'verbose_name_plural': 'historical screens for waiting rooms',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Turn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('called_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('outcome', models.CharField(blank=True, choices=[('', 'Inside'), ('seen', 'Seen'), ('not_here', 'Not here'), ('undone', 'Undone')], max_length=10)),
                ('session', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='turns', to='appointment.doctorsession')),
                ('visit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='turns', to='appointment.appointment')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='WaitingScreen',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended')),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='screens', to='doctors.clinic', verbose_name='clinic')),
            ],
            options={
                'verbose_name': 'screen for the waiting room',
                'verbose_name_plural': 'screens for waiting rooms',
                'ordering': ['-pk'],
                'permissions': [('renew_waitingscreen', "Can open and renew the address of a waiting room's screen")],
                'default_permissions': (),
            },
        ),
        migrations.AddIndex(
            model_name='doctorsession',
            index=models.Index(fields=['-begun_at', '-id'], name='doctorsession_by_time'),
        ),
        migrations.AddIndex(
            model_name='doctorsession',
            index=models.Index(fields=['clinic', 'day'], name='doctorsession_by_clinic'),
        ),
        migrations.AddIndex(
            model_name='doctorsession',
            index=models.Index(fields=['doctor', 'day'], name='doctorsession_by_doctor'),
        ),
        migrations.AddConstraint(
            model_name='doctorsession',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('doctor',), name='doctorsession_one_at_a_time', violation_error_code='session_runs', violation_error_message='A session of this doctor is running already.'),
        ),
        migrations.AddConstraint(
            model_name='doctorsession',
            constraint=models.CheckConstraint(condition=models.Q(('ended_at__isnull', True), ('now_serving__isnull', True), _connector='OR'), name='doctorsession_ended_serves_nobody'),
        ),
        migrations.AddConstraint(
            model_name='doctorsession',
            constraint=models.CheckConstraint(condition=models.Q(('ended_at__isnull', True), ('ended_at__gte', models.F('begun_at')), _connector='OR'), name='doctorsession_ends_after_start'),
        ),
        migrations.AddIndex(
            model_name='historicaldoctorsession',
            index=models.Index(fields=['history_date', 'id'], name='appointment_history_da5027_idx'),
        ),
        migrations.AddIndex(
            model_name='historicalwaitingscreen',
            index=models.Index(fields=['history_date', 'id'], name='appointment_history_d00d83_idx'),
        ),
        migrations.AddConstraint(
            model_name='turn',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', ['', 'seen', 'not_here', 'undone'])), name='turn_outcome_known'),
        ),
        migrations.AddConstraint(
            model_name='turn',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('outcome', '')), models.Q(('ended_at__isnull', False), models.Q(('outcome', ''), _negated=True)), _connector='OR'), name='turn_ended_has_an_outcome'),
        ),
        migrations.AddConstraint(
            model_name='turn',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('session',), name='turn_one_inside', violation_error_code='called', violation_error_message='Somebody else has just been called.'),
        ),
        migrations.AddConstraint(
            model_name='turn',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('visit',), name='turn_called_once', violation_error_code='called', violation_error_message='This patient has been called already.'),
        ),
        migrations.AddIndex(
            model_name='waitingscreen',
            index=models.Index(condition=models.Q(('ended_at__isnull', True)), fields=['clinic'], name='waitingscreen_standing'),
        ),
    ]
