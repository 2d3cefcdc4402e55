import django.db.models.deletion
import shs.core.context
import shs.core.operations
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('notices', '0001_initial'), ('notices', '0002_audit_digest'), ('notices', '0003_address_changes'), ('notices', '0004_proof_of_identity'), ('notices', '0005_fact_proposals'), ('notices', '0006_mail_requests'), ('notices', '0007_logged_out'), ('notices', '0008_search_by_subject'), ('notices', '0009_knowledge_change'), ('notices', '0010_shared'), ('notices', '0011_sms'), ('notices', '0012_guardianship'), ('notices', '0013_claim_refused'), ('notices', '0014_people_merged'), ('notices', '0015_corrections'), ('notices', '0016_visits'), ('notices', '0017_earlier_offers'), ('notices', '0018_papers_results_consultation'), ('notices', '0019_papers')]

    initial = True

    dependencies = [
        ('core', '0012_read_as_guardian'),
        ('users', '0021_pharmacies'),
    ]

    operations = [
        shs.core.operations.CreateModels(
            models=[migrations.CreateModel(
                name='HistoricalNotice',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_request', models.CharField(blank=True, default=shs.core.context.request_id, max_length=32, verbose_name='request')),
                    ('history_address', models.CharField(blank=True, default=shs.core.context.request_address, max_length=45, verbose_name='from')),
                    ('created_at', models.DateTimeField(blank=True, editable=False, verbose_name='created')),
                    ('kind', models.CharField(choices=[('booked', 'Visit booked'), ('requested', 'Visit requested'), ('confirmed', 'Visit confirmed'), ('cancelled', 'Visit cancelled'), ('rescheduled', 'Visit moved'), ('reminder_day', 'Reminder, a day before'), ('reminder_hour', 'Reminder, an hour before'), ('reminder', 'Reminder by the clinic'), ('doctor_late', 'Doctor is late'), ('doctor_away', 'Doctor is away'), ('doctor_back', 'Doctor is there after all'), ('missed', 'Visit missed'), ('not_answered', 'Request not answered'), ('earlier_offer', 'Earlier time offered'), ('earlier_over', 'Offer of an earlier time is over'), ('verification_asked', 'Verification: information asked for'), ('verification_decided', 'Verification decided'), ('facts_decided', 'Change of verified facts decided'), ('licence_expiring', 'Licence about to expire'), ('prescription_issued', 'Prescription issued'), ('letter_issued', 'Letter issued'), ('paper_cancelled', 'Prescription or letter cancelled'), ('dispensed', 'Medicines given out'), ('follow_up_due', 'Follow-up due'), ('result_critical', 'Critical result'), ('result_ready', 'Result to read'), ('test_overdue', 'Ordered test without a result'), ('chart_opened', 'Chart opened in an emergency'), ('visit_taken_over', 'Visit taken over by a colleague'), ('article_decided', 'Article decided'), ('moderated', 'Comment or review moderated'), ('verify_email', 'Confirmation of an e-mail address'), ('reset_password', 'Password reset'), ('second_factor_reset', 'Second factor reset'), ('password_changed', 'Password changed'), ('confirm_address', 'Confirmation of a new e-mail address'), ('address_changed', 'E-mail address changed'), ('account_touched', 'Account changed by the clinic'), ('admin_request', 'Request that takes two admins'), ('knowledge_change', 'Change of the symptom checker'), ('access_opened', 'Chart opened for a visit'), ('identity_code', 'Code for the front desk'), ('address_taken', 'Registration with your address'), ('claim_refused', 'Wrong answers for your account'), ('new_login', 'Login from a new device'), ('logged_out', 'Logged out everywhere'), ('shared', 'Something shared with you'), ('guardianship', 'Guardian of a person'), ('people_merged', 'Two patient numbers of one person'), ('correction_decided', 'Correction decided'), ('audit_digest', 'Digest of the read log')], max_length=30, verbose_name='kind')),
                    ('key', models.CharField(db_index=True, editable=False, max_length=120)),
                    ('about', models.CharField(blank=True, max_length=60, verbose_name='about')),
                    ('due_at', models.DateTimeField(verbose_name='due')),
                    ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name='send before')),
                    ('state', models.CharField(choices=[('queued', 'Waiting'), ('sending', 'Being sent'), ('sent', 'Sent'), ('failed', 'Failed'), ('taken_back', 'Withdrawn'), ('call', 'To be told by phone'), ('called', 'Told by phone')], default='queued', max_length=10, verbose_name='state')),
                    ('channel', models.CharField(choices=[('email', 'E-mail and app'), ('app', 'App only'), ('sms', 'SMS and app')], default='email', max_length=5, verbose_name='by')),
                    ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='attempts')),
                    ('next_at', models.DateTimeField(verbose_name='next attempt')),
                    ('claimed_at', models.DateTimeField(editable=False, null=True)),
                    ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='sent')),
                    ('error', models.CharField(blank=True, max_length=300, verbose_name='error')),
                    ('read_at', models.DateTimeField(blank=True, null=True, verbose_name='read')),
                    ('user', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='to')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.TextField(null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name': 'historical notice',
                    'verbose_name_plural': 'historical notices',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                    'indexes': [models.Index(fields=['history_date', 'id'], name='notices_his_history_d1ff2c_idx')],
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='HistoricalSmsChoice',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_request', models.CharField(blank=True, default=shs.core.context.request_id, max_length=32, verbose_name='request')),
                    ('history_address', models.CharField(blank=True, default=shs.core.context.request_address, max_length=45, verbose_name='from')),
                    ('created_at', models.DateTimeField(blank=True, editable=False, verbose_name='created')),
                    ('sms', models.CharField(choices=[('if_needed', 'Without an e-mail address and the app'), ('first', 'Instead of e-mails'), ('never', 'Never')], default='if_needed', max_length=10, verbose_name='by SMS')),
                    ('user', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.TextField(null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name': 'historical choice about SMS',
                    'verbose_name_plural': 'historical choices about SMS',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                    'indexes': [models.Index(fields=['history_date', 'id'], name='notices_his_history_1e2e68_idx')],
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='Notice',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                    ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notices', to=settings.AUTH_USER_MODEL, verbose_name='to')),
                    ('kind', models.CharField(choices=[('booked', 'Visit booked'), ('requested', 'Visit requested'), ('confirmed', 'Visit confirmed'), ('cancelled', 'Visit cancelled'), ('rescheduled', 'Visit moved'), ('reminder_day', 'Reminder, a day before'), ('reminder_hour', 'Reminder, an hour before'), ('reminder', 'Reminder by the clinic'), ('doctor_late', 'Doctor is late'), ('doctor_away', 'Doctor is away'), ('doctor_back', 'Doctor is there after all'), ('missed', 'Visit missed'), ('not_answered', 'Request not answered'), ('earlier_offer', 'Earlier time offered'), ('earlier_over', 'Offer of an earlier time is over'), ('verification_asked', 'Verification: information asked for'), ('verification_decided', 'Verification decided'), ('facts_decided', 'Change of verified facts decided'), ('licence_expiring', 'Licence about to expire'), ('prescription_issued', 'Prescription issued'), ('letter_issued', 'Letter issued'), ('paper_cancelled', 'Prescription or letter cancelled'), ('dispensed', 'Medicines given out'), ('follow_up_due', 'Follow-up due'), ('result_critical', 'Critical result'), ('result_ready', 'Result to read'), ('test_overdue', 'Ordered test without a result'), ('chart_opened', 'Chart opened in an emergency'), ('visit_taken_over', 'Visit taken over by a colleague'), ('article_decided', 'Article decided'), ('moderated', 'Comment or review moderated'), ('verify_email', 'Confirmation of an e-mail address'), ('reset_password', 'Password reset'), ('second_factor_reset', 'Second factor reset'), ('password_changed', 'Password changed'), ('confirm_address', 'Confirmation of a new e-mail address'), ('address_changed', 'E-mail address changed'), ('account_touched', 'Account changed by the clinic'), ('admin_request', 'Request that takes two admins'), ('knowledge_change', 'Change of the symptom checker'), ('access_opened', 'Chart opened for a visit'), ('identity_code', 'Code for the front desk'), ('address_taken', 'Registration with your address'), ('claim_refused', 'Wrong answers for your account'), ('new_login', 'Login from a new device'), ('logged_out', 'Logged out everywhere'), ('shared', 'Something shared with you'), ('guardianship', 'Guardian of a person'), ('people_merged', 'Two patient numbers of one person'), ('correction_decided', 'Correction decided'), ('audit_digest', 'Digest of the read log')], max_length=30, verbose_name='kind')),
                    ('key', models.CharField(editable=False, max_length=120, unique=True)),
                    ('about', models.CharField(blank=True, max_length=60, verbose_name='about')),
                    ('data', models.JSONField(default=dict, editable=False)),
                    ('calendar', models.TextField(blank=True, editable=False)),
                    ('address', models.EmailField(blank=True, editable=False, max_length=254)),
                    ('due_at', models.DateTimeField(verbose_name='due')),
                    ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name='send before')),
                    ('state', models.CharField(choices=[('queued', 'Waiting'), ('sending', 'Being sent'), ('sent', 'Sent'), ('failed', 'Failed'), ('taken_back', 'Withdrawn'), ('call', 'To be told by phone'), ('called', 'Told by phone')], default='queued', max_length=10, verbose_name='state')),
                    ('channel', models.CharField(choices=[('email', 'E-mail and app'), ('app', 'App only'), ('sms', 'SMS and app')], default='email', max_length=5, verbose_name='by')),
                    ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='attempts')),
                    ('next_at', models.DateTimeField(verbose_name='next attempt')),
                    ('claimed_at', models.DateTimeField(editable=False, null=True)),
                    ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='sent')),
                    ('error', models.CharField(blank=True, max_length=300, verbose_name='error')),
                    ('read_at', models.DateTimeField(blank=True, null=True, verbose_name='read')),
                    ('number', models.CharField(blank=True, editable=False, max_length=20)),
                    ('segments', models.PositiveSmallIntegerField(default=0, editable=False, verbose_name='segments')),
                    ('cost', models.PositiveIntegerField(default=0, editable=False, verbose_name='cost')),
                    ('charged_to', models.CharField(blank=True, editable=False, max_length=40)),
                    ('delivered_at', models.DateTimeField(editable=False, null=True, verbose_name='delivered')),
                ],
                options={
                    'verbose_name': 'notice',
                    'verbose_name_plural': 'notices',
                    'ordering': ['-due_at', '-pk'],
                    'permissions': [('receive_notice', 'Can receive notices, and read them in the app'), ('preview_notice', 'Can read the content of a notice'), ('retry_notice', 'Can resend a failed notice, and withdraw one')],
                    'default_permissions': ('view',),
                    'indexes': [models.Index(condition=models.Q(('state', 'queued')), fields=['next_at', 'id'], name='notice_due'), models.Index(condition=models.Q(('state', 'sending')), fields=['claimed_at'], name='notice_claimed'), models.Index(fields=['user', '-due_at', '-id'], name='notice_by_user'), models.Index(fields=['about'], name='notice_by_about', opclasses=['varchar_pattern_ops']), models.Index(fields=['-due_at', '-id'], name='notice_by_time'), models.Index(fields=['state', '-due_at'], name='notice_by_state'), models.Index(condition=models.Q(('channel', 'sms')), fields=['-due_at', '-id'], name='notice_sms_by_time'), models.Index(condition=models.Q(('channel', 'sms')), fields=['-claimed_at', '-id'], name='notice_sms_tried')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['queued', 'sending', 'sent', 'failed', 'taken_back', 'call', 'called'])), name='notice_state_known'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'sent'), _negated=True), ('sent_at__isnull', False), _connector='OR'), name='notice_sent_says_when')],
                },
            ), migrations.CreateModel(
                name='Preference',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='unwanted_mails', to=settings.AUTH_USER_MODEL)),
                    ('kind', models.CharField(choices=[('booked', 'Visit booked'), ('requested', 'Visit requested'), ('confirmed', 'Visit confirmed'), ('cancelled', 'Visit cancelled'), ('rescheduled', 'Visit moved'), ('reminder_day', 'Reminder, a day before'), ('reminder_hour', 'Reminder, an hour before'), ('reminder', 'Reminder by the clinic'), ('doctor_late', 'Doctor is late'), ('doctor_away', 'Doctor is away'), ('doctor_back', 'Doctor is there after all'), ('missed', 'Visit missed'), ('not_answered', 'Request not answered'), ('earlier_offer', 'Earlier time offered'), ('earlier_over', 'Offer of an earlier time is over'), ('verification_asked', 'Verification: information asked for'), ('verification_decided', 'Verification decided'), ('facts_decided', 'Change of verified facts decided'), ('licence_expiring', 'Licence about to expire'), ('prescription_issued', 'Prescription issued'), ('letter_issued', 'Letter issued'), ('paper_cancelled', 'Prescription or letter cancelled'), ('dispensed', 'Medicines given out'), ('follow_up_due', 'Follow-up due'), ('result_critical', 'Critical result'), ('result_ready', 'Result to read'), ('test_overdue', 'Ordered test without a result'), ('chart_opened', 'Chart opened in an emergency'), ('visit_taken_over', 'Visit taken over by a colleague'), ('article_decided', 'Article decided'), ('moderated', 'Comment or review moderated'), ('verify_email', 'Confirmation of an e-mail address'), ('reset_password', 'Password reset'), ('second_factor_reset', 'Second factor reset'), ('password_changed', 'Password changed'), ('confirm_address', 'Confirmation of a new e-mail address'), ('address_changed', 'E-mail address changed'), ('account_touched', 'Account changed by the clinic'), ('admin_request', 'Request that takes two admins'), ('knowledge_change', 'Change of the symptom checker'), ('access_opened', 'Chart opened for a visit'), ('identity_code', 'Code for the front desk'), ('address_taken', 'Registration with your address'), ('claim_refused', 'Wrong answers for your account'), ('new_login', 'Login from a new device'), ('logged_out', 'Logged out everywhere'), ('shared', 'Something shared with you'), ('guardianship', 'Guardian of a person'), ('people_merged', 'Two patient numbers of one person'), ('correction_decided', 'Correction decided'), ('audit_digest', 'Digest of the read log')], max_length=30)),
                ],
                options={
                    'default_permissions': (),
                    'constraints': [models.UniqueConstraint(fields=('user', 'kind'), name='preference_once_a_kind')],
                },
            ), migrations.CreateModel(
                name='SmsChoice',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                    ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated')),
                    ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='sms_choice', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                    ('sms', models.CharField(choices=[('if_needed', 'Without an e-mail address and the app'), ('first', 'Instead of e-mails'), ('never', 'Never')], default='if_needed', max_length=10, verbose_name='by SMS')),
                ],
                options={
                    'verbose_name': 'choice about SMS',
                    'verbose_name_plural': 'choices about SMS',
                    'constraints': [models.CheckConstraint(condition=models.Q(('sms__in', ['if_needed', 'first', 'never'])), name='smschoice_sms_known')],
                },
            ), migrations.CreateModel(
                name='SmsDay',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('day', models.DateField()),
                    ('charged_to', models.CharField(blank=True, max_length=40)),
                    ('spent', models.PositiveBigIntegerField(default=0)),
                ],
                options={
                    'default_permissions': (),
                    'constraints': [models.UniqueConstraint(fields=('day', 'charged_to'), name='smsday_once_a_day')],
                },
            )],
        ),
    ]
