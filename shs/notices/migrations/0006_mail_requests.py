from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notices', '0005_fact_proposals'),
    ]

    operations = [
        migrations.AlterField(
            model_name='historicalnotice',
            name='kind',
            field=models.CharField(choices=[('booked', 'Visit booked'), ('requested', 'Visit requested'), ('confirmed', 'Visit confirmed'), ('cancelled', 'Visit cancelled'), ('rescheduled', 'Visit moved'), ('reminder_day', 'Reminder, a day before'), ('reminder_hour', 'Reminder, an hour before'), ('reminder', 'Reminder by the clinic'), ('missed', 'Visit missed'), ('verification_asked', 'Verification: information asked for'), ('verification_decided', 'Verification decided'), ('facts_decided', 'Change of verified facts decided'), ('licence_expiring', 'Licence about to expire'), ('prescription_issued', 'Prescription issued'), ('follow_up_due', 'Follow-up due'), ('chart_opened', 'Chart opened in an emergency'), ('article_decided', 'Article decided'), ('moderated', 'Comment or review moderated'), ('verify_email', 'Confirmation of an e-mail address'), ('reset_password', 'Password reset'), ('second_factor_reset', 'Second factor reset'), ('password_changed', 'Password changed'), ('confirm_address', 'Confirmation of a new e-mail address'), ('address_changed', 'E-mail address changed'), ('account_touched', 'Account changed by the clinic'), ('admin_request', 'Request that takes two admins'), ('access_opened', 'Chart opened for a visit'), ('identity_code', 'Code for the front desk'), ('address_taken', 'Registration with your address'), ('new_login', 'Login from a new device'), ('audit_digest', 'Digest of the read log')], max_length=30, verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='notice',
            name='kind',
            field=models.CharField(choices=[('booked', 'Visit booked'), ('requested', 'Visit requested'), ('confirmed', 'Visit confirmed'), ('cancelled', 'Visit cancelled'), ('rescheduled', 'Visit moved'), ('reminder_day', 'Reminder, a day before'), ('reminder_hour', 'Reminder, an hour before'), ('reminder', 'Reminder by the clinic'), ('missed', 'Visit missed'), ('verification_asked', 'Verification: information asked for'), ('verification_decided', 'Verification decided'), ('facts_decided', 'Change of verified facts decided'), ('licence_expiring', 'Licence about to expire'), ('prescription_issued', 'Prescription issued'), ('follow_up_due', 'Follow-up due'), ('chart_opened', 'Chart opened in an emergency'), ('article_decided', 'Article decided'), ('moderated', 'Comment or review moderated'), ('verify_email', 'Confirmation of an e-mail address'), ('reset_password', 'Password reset'), ('second_factor_reset', 'Second factor reset'), ('password_changed', 'Password changed'), ('confirm_address', 'Confirmation of a new e-mail address'), ('address_changed', 'E-mail address changed'), ('account_touched', 'Account changed by the clinic'), ('admin_request', 'Request that takes two admins'), ('access_opened', 'Chart opened for a visit'), ('identity_code', 'Code for the front desk'), ('address_taken', 'Registration with your address'), ('new_login', 'Login from a new device'), ('audit_digest', 'Digest of the read log')], max_length=30, verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='preference',
            name='kind',
            field=models.CharField(choices=[('booked', 'Visit booked'), ('requested', 'Visit requested'), ('confirmed', 'Visit confirmed'), ('cancelled', 'Visit cancelled'), ('rescheduled', 'Visit moved'), ('reminder_day', 'Reminder, a day before'), ('reminder_hour', 'Reminder, an hour before'), ('reminder', 'Reminder by the clinic'), ('missed', 'Visit missed'), ('verification_asked', 'Verification: information asked for'), ('verification_decided', 'Verification decided'), ('facts_decided', 'Change of verified facts decided'), ('licence_expiring', 'Licence about to expire'), ('prescription_issued', 'Prescription issued'), ('follow_up_due', 'Follow-up due'), ('chart_opened', 'Chart opened in an emergency'), ('article_decided', 'Article decided'), ('moderated', 'Comment or review moderated'), ('verify_email', 'Confirmation of an e-mail address'), ('reset_password', 'Password reset'), ('second_factor_reset', 'Second factor reset'), ('password_changed', 'Password changed'), ('confirm_address', 'Confirmation of a new e-mail address'), ('address_changed', 'E-mail address changed'), ('account_touched', 'Account changed by the clinic'), ('admin_request', 'Request that takes two admins'), ('access_opened', 'Chart opened for a visit'), ('identity_code', 'Code for the front desk'), ('address_taken', 'Registration with your address'), ('new_login', 'Login from a new device'), ('audit_digest', 'Digest of the read log')], max_length=30),
        ),
    ]
