from importlib import import_module

import django.core.validators
import django.db.models.deletion
import shs.core.context
import shs.core.operations
import shs.core.records.values
import shs.core.records.words
import simple_history.models
import uuid
from django.conf import settings
from django.db import migrations, models

data = import_module("shs.users.migrations.0002_data")


class Migration(migrations.Migration):

    replaces = [('users', '0001_initial'), ('users', '0002_data'), ('users', '0003_words'), ('users', '0004_names'), ('users', '0005_address_changes'), ('users', '0006_confirmed_by_reset'), ('users', '0007_app_sessions'), ('users', '0008_fill_app_sessions'), ('users', '0009_tokens_of_sessions'), ('users', '0010_login_pauses'), ('users', '0011_mail_requests'), ('users', '0012_names')]

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('contenttypes', '0002_remove_content_type_name'),
        ('sessions', '0001_initial'),
    ]

    operations = [
        shs.core.operations.CreateModels(
            models=[migrations.CreateModel(
                name='User',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('password', models.CharField(max_length=128, verbose_name='password')),
                    ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                    ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                    ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated')),
                    ('email', models.EmailField(error_messages={'unique': 'There is already an account with this address.'}, max_length=254, unique=True, verbose_name='e-mail address')),
                    ('name', models.CharField(max_length=150, validators=[shs.core.records.values.validate_person_name], verbose_name='name')),
                    ('role', models.CharField(choices=[('patient', 'Patient'), ('doctor', 'Doctor'), ('staff', 'Staff'), ('admin', 'Admin')], default='patient', max_length=10, verbose_name='role')),
                    ('is_active', models.BooleanField(default=True, verbose_name='active')),
                    ('is_verified', models.BooleanField(default=False, verbose_name='e-mail confirmed')),
                    ('language', models.CharField(blank=True, choices=[('en', 'English'), ('bn', 'Bangla')], help_text='Of mails and of the pages.', max_length=5, verbose_name='language')),
                    ('suspended_until', models.DateTimeField(blank=True, null=True, verbose_name='suspended until')),
                    ('muted_until', models.DateTimeField(blank=True, null=True, verbose_name='muted until')),
                    ('second_factor_at', models.DateTimeField(blank=True, null=True, verbose_name='second factor since')),
                    ('token_version', models.PositiveIntegerField(default=0, editable=False)),
                    ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ],
                options={
                    'verbose_name': 'user',
                    'verbose_name_plural': 'users',
                    'ordering': ['-pk'],
                    'permissions': [('suspend_user', 'Can suspend and reinstate users'), ('reset_user', 'Can send a password reset and end sessions'), ('reset_factor_user', 'Can reset the second factor of users'), ('readdress_user', 'Can ask for another e-mail address of users'), ('assign_user', 'Can change the role and the duties of users'), ('mute_user', 'Can mute and unmute users'), ('recognise_user', 'Can see the masked address of users'), ('reveal_user', 'Can see contact details unmasked'), ('export_user', 'Can export users'), ('read_chart_user', "Can read this person's chart"), ('break_glass_user', "Can read this person's chart in an emergency")],
                    'indexes': [models.Index(fields=['role', '-id'], name='user_by_role'), shs.core.records.words.WordsIndex(fields=['name'], name='user_words')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('role__in', ['patient', 'doctor', 'staff', 'admin'])), name='user_role_known'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='user_name_not_empty'), models.CheckConstraint(condition=models.Q(('language__in', ['', 'en', 'bn'])), name='user_language_known')],
                },
            ), migrations.CreateModel(
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
            ), migrations.CreateModel(
                name='OfficeSession',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('created_at', models.DateTimeField(verbose_name='since')),
                    ('seen_at', models.DateTimeField(verbose_name='last used')),
                    ('address', models.CharField(blank=True, max_length=45, verbose_name='from')),
                    ('user_agent', models.CharField(blank=True, max_length=200)),
                    ('session', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='office_session', to='sessions.session')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='office_sessions', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'default_permissions': (),
                },
            ), migrations.CreateModel(
                name='RoleRequest',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                    ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated')),
                    ('reason', models.CharField(max_length=500, verbose_name='reason')),
                    ('status', models.CharField(choices=[('waiting', 'Waiting'), ('confirmed', 'Confirmed'), ('declined', 'Declined'), ('withdrawn', 'Withdrawn')], default='waiting', max_length=10, verbose_name='state')),
                    ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided')),
                    ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='roles_asked', to=settings.AUTH_USER_MODEL, verbose_name='asked by')),
                    ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='roles_decided', to=settings.AUTH_USER_MODEL, verbose_name='decided by')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='role_requests', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                    ('email', models.EmailField(blank=True, max_length=254, verbose_name='new address')),
                    ('is_alone', models.BooleanField(default=False, verbose_name='without a second admin')),
                    ('kind', models.CharField(choices=[('admin', 'Make an admin'), ('address', 'Change the e-mail address'), ('factor', 'Reset the second factor'), ('reset', 'Send a reset mail to a new address')], default='admin', max_length=10, verbose_name='request')),
                ],
                options={
                    'verbose_name': 'request for two admins',
                    'verbose_name_plural': 'requests for two admins',
                    'ordering': ['-pk'],
                    'permissions': [('decide_rolerequest', 'Can confirm, as the second admin, what another one asks for'), ('decline_rolerequest', 'Can decline what another admin asks for'), ('confirm_alone_rolerequest', 'Can confirm their own request where there is no other admin'), ('withdraw_rolerequest', 'Can withdraw their own request')],
                    'default_permissions': ('view',),
                    'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['waiting', 'confirmed', 'declined', 'withdrawn'])), name='rolerequest_status_known'), models.CheckConstraint(condition=models.Q(('kind__in', ['admin', 'address', 'factor', 'reset'])), name='rolerequest_kind_known'), models.UniqueConstraint(condition=models.Q(('status', 'waiting')), fields=('user', 'kind'), name='rolerequest_waits_once', violation_error_message='This has already been requested and is waiting for another admin.'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'confirmed'), _negated=True), ('is_alone', True), models.Q(models.Q(('decided_by', models.F('asked_by')), _negated=True), ('decided_by__isnull', False)), _connector='OR'), name='rolerequest_takes_two', violation_error_message='The admin who confirms must not be the one who requested it.'), models.CheckConstraint(condition=models.Q(models.Q(('email__gt', ''), ('kind', 'address')), models.Q(models.Q(('kind', 'address'), _negated=True), ('email', '')), _connector='OR'), name='rolerequest_address_named')],
                },
            ), migrations.CreateModel(
                name='UserProfile',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                    ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated')),
                    ('phone', models.CharField(blank=True, max_length=20, validators=[django.core.validators.RegexValidator('^\\+?[0-9][0-9 \\-]{5,18}$', 'Enter the phone number in digits, for example +8801712345678.')], verbose_name='phone')),
                    ('date_of_birth', models.DateField(blank=True, null=True, validators=[shs.core.records.values.validate_past_day], verbose_name='date of birth')),
                    ('gender', models.CharField(blank=True, choices=[('female', 'Female'), ('male', 'Male'), ('other', 'Other'), ('unknown', 'Unknown')], max_length=10, verbose_name='gender')),
                    ('blood_group', models.CharField(blank=True, choices=[('A+', 'A+'), ('A-', 'A-'), ('B+', 'B+'), ('B-', 'B-'), ('AB+', 'AB+'), ('AB-', 'AB-'), ('O+', 'O+'), ('O-', 'O-')], max_length=3, verbose_name='blood group')),
                    ('address', models.CharField(blank=True, max_length=255, verbose_name='address')),
                    ('city', models.CharField(blank=True, max_length=100, verbose_name='city')),
                    ('emergency_contact', models.CharField(blank=True, max_length=150, verbose_name='emergency contact')),
                    ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='profile', to=settings.AUTH_USER_MODEL, verbose_name='user')),
                ],
                options={
                    'verbose_name': 'contact details',
                    'verbose_name_plural': 'contact details',
                    'permissions': [('read_person_userprofile', 'Can read date of birth, gender and blood group')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('gender__in', ['', 'female', 'male', 'other', 'unknown'])), name='userprofile_gender_known'), models.CheckConstraint(condition=models.Q(('blood_group__in', ['', 'A+', 'A-', 'B+', 'B-', 'AB+', 'AB-', 'O+', 'O-'])), name='userprofile_blood_group_known')],
                },
            ), migrations.CreateModel(
                name='HistoricalRoleRequest',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_request', models.CharField(blank=True, default=shs.core.context.request_id, max_length=32, verbose_name='request')),
                    ('history_address', models.CharField(blank=True, default=shs.core.context.request_address, max_length=45, verbose_name='from')),
                    ('created_at', models.DateTimeField(blank=True, editable=False, verbose_name='created')),
                    ('reason', models.CharField(max_length=500, verbose_name='reason')),
                    ('status', models.CharField(choices=[('waiting', 'Waiting'), ('confirmed', 'Confirmed'), ('declined', 'Declined'), ('withdrawn', 'Withdrawn')], default='waiting', max_length=10, verbose_name='state')),
                    ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.TextField(null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('asked_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='asked by')),
                    ('decided_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by')),
                    ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('user', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                    ('email', models.EmailField(blank=True, max_length=254, verbose_name='new address')),
                    ('is_alone', models.BooleanField(default=False, verbose_name='without a second admin')),
                    ('kind', models.CharField(choices=[('admin', 'Make an admin'), ('address', 'Change the e-mail address'), ('factor', 'Reset the second factor'), ('reset', 'Send a reset mail to a new address')], default='admin', max_length=10, verbose_name='request')),
                ],
                options={
                    'verbose_name': 'historical request for two admins',
                    'verbose_name_plural': 'historical requests for two admins',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                    'indexes': [models.Index(fields=['history_date', 'id'], name='users_histo_history_63e016_idx')],
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='HistoricalUser',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_request', models.CharField(blank=True, default=shs.core.context.request_id, max_length=32, verbose_name='request')),
                    ('history_address', models.CharField(blank=True, default=shs.core.context.request_address, max_length=45, verbose_name='from')),
                    ('created_at', models.DateTimeField(blank=True, editable=False, verbose_name='created')),
                    ('email', models.EmailField(db_index=True, error_messages={'unique': 'There is already an account with this address.'}, max_length=254, verbose_name='e-mail address')),
                    ('name', models.CharField(max_length=150, validators=[shs.core.records.values.validate_person_name], verbose_name='name')),
                    ('role', models.CharField(choices=[('patient', 'Patient'), ('doctor', 'Doctor'), ('staff', 'Staff'), ('admin', 'Admin')], default='patient', max_length=10, verbose_name='role')),
                    ('is_active', models.BooleanField(default=True, verbose_name='active')),
                    ('is_verified', models.BooleanField(default=False, verbose_name='e-mail confirmed')),
                    ('language', models.CharField(blank=True, choices=[('en', 'English'), ('bn', 'Bangla')], help_text='Of mails and of the pages.', max_length=5, verbose_name='language')),
                    ('suspended_until', models.DateTimeField(blank=True, null=True, verbose_name='suspended until')),
                    ('muted_until', models.DateTimeField(blank=True, null=True, verbose_name='muted until')),
                    ('second_factor_at', models.DateTimeField(blank=True, null=True, verbose_name='second factor since')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.TextField(null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name': 'historical user',
                    'verbose_name_plural': 'historical users',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                    'indexes': [models.Index(fields=['history_date', 'id'], name='users_histo_history_5e1fec_idx')],
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='HistoricalUserProfile',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_request', models.CharField(blank=True, default=shs.core.context.request_id, max_length=32, verbose_name='request')),
                    ('history_address', models.CharField(blank=True, default=shs.core.context.request_address, max_length=45, verbose_name='from')),
                    ('created_at', models.DateTimeField(blank=True, editable=False, verbose_name='created')),
                    ('phone', models.CharField(blank=True, max_length=20, validators=[django.core.validators.RegexValidator('^\\+?[0-9][0-9 \\-]{5,18}$', 'Enter the phone number in digits, for example +8801712345678.')], verbose_name='phone')),
                    ('date_of_birth', models.DateField(blank=True, null=True, validators=[shs.core.records.values.validate_past_day], verbose_name='date of birth')),
                    ('gender', models.CharField(blank=True, choices=[('female', 'Female'), ('male', 'Male'), ('other', 'Other'), ('unknown', 'Unknown')], max_length=10, verbose_name='gender')),
                    ('blood_group', models.CharField(blank=True, choices=[('A+', 'A+'), ('A-', 'A-'), ('B+', 'B+'), ('B-', 'B-'), ('AB+', 'AB+'), ('AB-', 'AB-'), ('O+', 'O+'), ('O-', 'O-')], max_length=3, verbose_name='blood group')),
                    ('address', models.CharField(blank=True, max_length=255, verbose_name='address')),
                    ('city', models.CharField(blank=True, max_length=100, verbose_name='city')),
                    ('emergency_contact', models.CharField(blank=True, max_length=150, verbose_name='emergency contact')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.TextField(null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('user', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='user')),
                ],
                options={
                    'verbose_name': 'historical contact details',
                    'verbose_name_plural': 'historical contact details',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                    'indexes': [models.Index(fields=['history_date', 'id'], name='users_histo_history_825227_idx')],
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='AccountTouch',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('what', models.CharField(choices=[('made', 'Account created'), ('address', 'E-mail address'), ('factor', 'Second factor'), ('reset', 'Password reset'), ('role', 'Role and duties'), ('suspended', 'Suspended'), ('reinstated', 'Reinstated')], max_length=10)),
                    ('was_admin', models.BooleanField(default=False)),
                    ('at', models.DateTimeField()),
                    ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='touched', to=settings.AUTH_USER_MODEL)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='touches', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'default_permissions': (),
                    'indexes': [models.Index(fields=['user', 'by', 'at'], name='touch_by_user'), models.Index(fields=['by', 'at'], name='touch_by_doer')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('what__in', ['made', 'address', 'factor', 'reset', 'role', 'suspended', 'reinstated'])), name='accounttouch_what_known')],
                },
            ), migrations.CreateModel(
                name='AddressChange',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                    ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated')),
                    ('old_email', models.EmailField(max_length=254)),
                    ('new_email', models.EmailField(max_length=254)),
                    ('was_confirmed', models.BooleanField()),
                    ('status', models.CharField(choices=[('sent', 'Link sent'), ('done', 'Changed'), ('undone', 'Undone'), ('ended', 'Ended')], default='sent', max_length=10)),
                    ('sent_at', models.DateTimeField()),
                    ('done_at', models.DateTimeField(null=True)),
                    ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='addresses_asked', to=settings.AUTH_USER_MODEL)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='address_changes', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'default_permissions': (),
                    'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['sent', 'done', 'undone', 'ended'])), name='addresschange_status_known'), models.UniqueConstraint(condition=models.Q(('status', 'sent')), fields=('user',), name='addresschange_sent_once'), models.CheckConstraint(condition=models.Q(('old_email', models.F('new_email')), _negated=True), name='addresschange_moves'), models.CheckConstraint(condition=models.Q(('status__in', ['sent', 'ended']), ('done_at__isnull', False), _connector='OR'), name='addresschange_done_says_when')],
                },
            ), migrations.CreateModel(
                name='HistoricalAddressChange',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_request', models.CharField(blank=True, default=shs.core.context.request_id, max_length=32, verbose_name='request')),
                    ('history_address', models.CharField(blank=True, default=shs.core.context.request_address, max_length=45, verbose_name='from')),
                    ('created_at', models.DateTimeField(blank=True, editable=False, verbose_name='created')),
                    ('old_email', models.EmailField(max_length=254)),
                    ('new_email', models.EmailField(max_length=254)),
                    ('was_confirmed', models.BooleanField()),
                    ('status', models.CharField(choices=[('sent', 'Link sent'), ('done', 'Changed'), ('undone', 'Undone'), ('ended', 'Ended')], default='sent', max_length=10)),
                    ('sent_at', models.DateTimeField()),
                    ('done_at', models.DateTimeField(null=True)),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.TextField(null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('asked_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('user', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name': 'historical address change',
                    'verbose_name_plural': 'historical address changes',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                    'indexes': [models.Index(fields=['history_date', 'id'], name='users_histo_history_48ae57_idx')],
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='KnownDevice',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('mark', models.CharField(max_length=64)),
                    ('seen_at', models.DateTimeField(db_index=True)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='known_devices', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'default_permissions': (),
                    'constraints': [models.UniqueConstraint(fields=('user', 'mark'), name='knowndevice_once')],
                },
            ), migrations.CreateModel(
                name='AppSession',
                fields=[
                    ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                    ('created_at', models.DateTimeField(verbose_name='since')),
                    ('seen_at', models.DateTimeField(verbose_name='last used')),
                    ('expires_at', models.DateTimeField(db_index=True)),
                    ('ended_at', models.DateTimeField(null=True)),
                    ('second_factor_at', models.DateTimeField(null=True)),
                    ('address', models.CharField(blank=True, max_length=45, verbose_name='from')),
                    ('user_agent', models.CharField(blank=True, max_length=200)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='app_sessions', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'default_permissions': (),
                },
            ), migrations.CreateModel(
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
            ), migrations.CreateModel(
                name='RefreshToken',
                fields=[
                    ('jti', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                    ('created_at', models.DateTimeField()),
                    ('used_at', models.DateTimeField(null=True)),
                    ('expires_at', models.DateTimeField(db_index=True)),
                    ('user_agent', models.CharField(blank=True, max_length=200)),
                    ('session', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tokens', to='users.appsession')),
                    ('address', models.CharField(blank=True, max_length=45)),
                    ('successor', models.OneToOneField(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='predecessor', to='users.refreshtoken')),
                    ('replaced_at', models.DateTimeField(null=True)),
                ],
                options={
                    'default_permissions': (),
                },
            )],
        ),
        migrations.RunPython(data.make_groups, migrations.RunPython.noop),
    ]
