"""People without a login, contact points, identity numbers. Phones of profiles become contact points, with their
history; addresses of accounts stand there, too. Made-up people are named."""

import django.db.models.deletion
import shs.core.context
import shs.core.operations
import shs.core.records.values
import shs.users.places
import simple_history.models
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import migrations, models
from django.db.models import Exists, F, OuterRef, Subquery
from django.db.models.functions import Length, Substr

from shs.core.phones import clean_phone

DEMO = "@demo.shs.example"
PORTION = 2000

ADDRESSES = """
    INSERT INTO users_contactpoint (created_at, updated_at, person_id, system, value, confirmed_at)
    SELECT created_at, updated_at, id, 'email', email, CASE WHEN is_verified THEN created_at END FROM users_user
"""
THEIR_HISTORY = """
    INSERT INTO users_historicalcontactpoint
        (id, created_at, system, value, confirmed_at, person_id, history_date, history_type, history_change_reason,
         history_request, history_address)
    SELECT id, created_at, system, value, confirmed_at, person_id, created_at, '+', 'address of the account', '', ''
    FROM users_contactpoint WHERE system = 'email'
"""


def fill(apps, schema_editor):
    """Name made-up people, and make contact points of the addresses and phones."""
    name_made_up(apps)
    for sql in (ADDRESSES, THEIR_HISTORY):
        schema_editor.execute(sql)
    profiles = apps.get_model("users", "UserProfile").objects.order_by("pk")
    last = 0
    while rows := list(profiles.filter(pk__gt=last).values_list("pk", "user", "phone", "updated_at")[:PORTION]):
        last = rows[-1][0]
        move_phones(apps, rows)


def name_made_up(apps):
    """Made-up people are those whose account began with an address of the demo, also if it was changed later."""
    user, history = (apps.get_model("users", name) for name in ("User", "HistoricalUser"))
    first = history.objects.filter(history_type="+", email__endswith=DEMO)
    first.update(demo_name=Substr("email", 1, Length(F("email")) - len(DEMO)))
    lines = history.objects.filter(history_type="+", id=OuterRef("pk")).exclude(demo_name="")
    user.objects.filter(Exists(lines)).update(demo_name=Subquery(lines.values("demo_name")[:1]))


def move_phones(apps, rows):
    """Make a contact point of each phone that these profiles have or had."""
    point, line = (apps.get_model("users", name) for name in ("ContactPoint", "HistoricalContactPoint"))
    told = {}
    history = apps.get_model("users", "HistoricalUserProfile").objects.filter(id__in=[row[0] for row in rows])
    for one in history.order_by("history_date", "history_id"):
        told.setdefault(one.id, []).append(one)
    made = []
    for pk, person, phone, updated_at in rows:
        for spoken, begins, ends in spans(told.get(pk, []), phone):
            system, value = cleaned(spoken)
            at = begins.history_date if begins else updated_at
            stored = point(person_id=person, system=system, value=value, ended_at=ends.history_date if ends else None)
            stored.created_at = at
            made.append((stored, at, begins, ends))
    point._meta.get_field("created_at").auto_now_add = False  # it is when the person got the number
    point.objects.bulk_create([stored for stored, *_rest in made])
    line.objects.bulk_create([entry for one in made for entry in entries(line, *one)])


def spans(lines, phone):
    """Each number that a profile had, with the history lines that began and ended it (None: not in the history)."""
    found = []
    for one in lines:
        if not found or cleaned(found[-1][0]) != cleaned(one.phone):
            if found and found[-1][2] is None:
                found[-1][2] = one
            found.append([one.phone, one, None])
    if not found or cleaned(found[-1][0]) != cleaned(phone):
        if found:
            found[-1][2] = lines[-1]
        found.append([phone, None, None])
    return [span for span in found if span[0].strip()]


def cleaned(phone):
    """System and value of a contact point; what is no number stays as it was told."""
    try:
        return "phone", clean_phone(phone)
    except ValidationError:
        return "other", phone.strip()


def entries(line, stored, at, begins, ends):
    """The history of a contact point: that of the profile where it began and ended."""
    facts = {"id": stored.pk, "person_id": stored.person_id, "system": stored.system, "value": stored.value}
    facts["created_at"] = at
    yield line(**facts, **who(begins), history_date=at, history_type="+")
    if ends:
        yield line(**facts, **who(ends), ended_at=ends.history_date, history_date=ends.history_date, history_type="~")


def who(one):
    """Who changed a profile, why, and by which request."""
    names = ("history_user_id", "history_change_reason", "history_request", "history_address")
    return {name: getattr(one, name) for name in names} if one else {"history_request": "", "history_address": ""}


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('users', '0013_made_duties'),
    ]

    operations = [
        shs.core.operations.CreateModels(
            models=[migrations.CreateModel(
                    name='ContactPoint',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                        ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated')),
                        ('system', models.CharField(choices=[('phone', 'Phone'), ('email', 'E-mail address'), ('other', 'Phone, as it was told')], max_length=10, verbose_name='kind')),
                        ('value', models.CharField(max_length=254, verbose_name='number or address')),
                        ('confirmed_at', models.DateTimeField(blank=True, null=True, verbose_name='confirmed')),
                        ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended')),
                        ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='contact_points', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                    ],
                    options={
                        'verbose_name': 'contact point',
                        'verbose_name_plural': 'contact points',
                        'default_permissions': (),
                        'indexes': [models.Index(condition=models.Q(('ended_at__isnull', True)), fields=['value', 'person'], name='contactpoint_by_value')],
                        'constraints': [models.CheckConstraint(condition=models.Q(('system__in', ['phone', 'email', 'other'])), name='contactpoint_system_known'), models.CheckConstraint(condition=models.Q(('value', ''), _negated=True), name='contactpoint_not_empty'), models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True), ('system', 'email')), fields=('value',), name='contactpoint_address_of_one', violation_error_message='There is already an account with this address.'), models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True), ('system', 'email')), fields=('person',), name='contactpoint_one_address', violation_error_message='This person has another address.'), models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('person', 'system', 'value'), name='contactpoint_once', violation_error_message='This person has this number already.')],
                    },
                ), migrations.CreateModel(
                    name='HistoricalContactPoint',
                    fields=[
                        ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                        ('history_request', models.CharField(blank=True, default=shs.core.context.request_id, max_length=32, verbose_name='request')),
                        ('history_address', models.CharField(blank=True, default=shs.core.context.request_address, max_length=45, verbose_name='from')),
                        ('created_at', models.DateTimeField(blank=True, editable=False, verbose_name='created')),
                        ('system', models.CharField(choices=[('phone', 'Phone'), ('email', 'E-mail address'), ('other', 'Phone, as it was told')], max_length=10, verbose_name='kind')),
                        ('value', models.CharField(max_length=254, verbose_name='number or address')),
                        ('confirmed_at', models.DateTimeField(blank=True, null=True, verbose_name='confirmed')),
                        ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended')),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField()),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('person', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                    ],
                    options={
                        'verbose_name': 'historical contact point',
                        'verbose_name_plural': 'historical contact points',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                        'indexes': [models.Index(fields=['history_date', 'id'], name='users_histo_history_010989_idx')],
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                ), migrations.CreateModel(
                    name='PersonIdentifier',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                        ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated')),
                        ('system', models.CharField(choices=[('nid', 'National identity number (NID)'), ('brn', 'Birth registration number (BRN)'), ('uhid', 'Health ID (UHID)')], max_length=10, verbose_name='kind')),
                        ('ciphertext', models.CharField(editable=False, max_length=250)),
                        ('digest', models.CharField(editable=False, max_length=64)),
                        ('key', models.CharField(editable=False, max_length=40)),
                        ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='withdrawn')),
                        ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='identifiers', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                    ],
                    options={
                        'verbose_name': 'identity number',
                        'verbose_name_plural': 'identity numbers',
                        'ordering': ['-pk'],
                        'permissions': [('reveal_personidentifier', 'Can see an identity number in full'), ('withdraw_personidentifier', 'Can withdraw an identity number')],
                        'default_permissions': ('view',),
                        'indexes': [models.Index(fields=['key'], name='personidentifier_by_key')],
                        'constraints': [models.CheckConstraint(condition=models.Q(('system__in', ['nid', 'brn', 'uhid'])), name='personidentifier_system_known'), models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=("digest", "system"), name='personidentifier_of_one', violation_error_message='This number is recorded for another person. Compare it with the paper.'), models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('person', 'system'), name='personidentifier_one_of_a_kind', violation_error_message='This person has a number of this kind. Withdraw that one first.')],
                    },
                ), migrations.CreateModel(
                    name='HistoricalPersonIdentifier',
                    fields=[
                        ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                        ('history_request', models.CharField(blank=True, default=shs.core.context.request_id, max_length=32, verbose_name='request')),
                        ('history_address', models.CharField(blank=True, default=shs.core.context.request_address, max_length=45, verbose_name='from')),
                        ('created_at', models.DateTimeField(blank=True, editable=False, verbose_name='created')),
                        ('system', models.CharField(choices=[('nid', 'National identity number (NID)'), ('brn', 'Birth registration number (BRN)'), ('uhid', 'Health ID (UHID)')], max_length=10, verbose_name='kind')),
                        ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='withdrawn')),
                        ('history_id', models.AutoField(primary_key=True, serialize=False)),
                        ('history_date', models.DateTimeField()),
                        ('history_change_reason', models.TextField(null=True)),
                        ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                        ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('person', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                    ],
                    options={
                        'verbose_name': 'historical identity number',
                        'verbose_name_plural': 'historical identity numbers',
                        'ordering': ('-history_date', '-history_id'),
                        'get_latest_by': ('history_date', 'history_id'),
                        'indexes': [models.Index(fields=['history_date', 'id'], name='users_histo_history_e05db7_idx')],
                    },
                    bases=(simple_history.models.HistoricalChanges, models.Model),
                )],
        ),
        migrations.AlterModelOptions(
            name='user',
            options={'ordering': ['-pk'], 'permissions': [('suspend_user', 'Can suspend and reinstate users'), ('reset_user', 'Can send a password reset and end sessions'), ('reset_factor_user', 'Can reset the second factor of users'), ('readdress_user', 'Can ask for another e-mail address of users'), ('assign_user', 'Can change the role and the duties of users'), ('mute_user', 'Can mute and unmute users'), ('recognise_user', 'Can see the masked address of users'), ('reveal_user', 'Can see contact details unmasked'), ('export_user', 'Can export users'), ('note_death_user', 'Can note that a person has died'), ('read_chart_user', "Can read this person's chart"), ('break_glass_user', "Can read this person's chart in an emergency")], 'verbose_name': 'user', 'verbose_name_plural': 'users'},
        ),
        migrations.AddField(
            model_name='historicaluser',
            name='death_told_by',
            field=models.CharField(blank=True, max_length=150, verbose_name='who told of the death'),
        ),
        migrations.AddField(
            model_name='historicaluser',
            name='demo_name',
            field=models.CharField(blank=True, editable=False, max_length=20, verbose_name='demo name'),
        ),
        migrations.AddField(
            model_name='historicaluser',
            name='died_on',
            field=models.DateField(blank=True, null=True, validators=[shs.core.records.values.validate_past_day], verbose_name='died'),
        ),
        migrations.AddField(
            model_name='historicaluser',
            name='name_bn',
            field=models.CharField(blank=True, max_length=150, validators=[shs.core.records.values.validate_person_name], verbose_name='name in Bangla'),
        ),
        migrations.AddField(
            model_name='historicaluserprofile',
            name='birth_precision',
            field=models.CharField(choices=[('year', 'Year'), ('month', 'Month and year'), ('day', 'Day')], default='day', max_length=5, verbose_name='known of the date of birth'),
        ),
        migrations.AddField(
            model_name='historicaluserprofile',
            name='district',
            field=models.CharField(blank=True, max_length=40, validators=[shs.users.places.validate_district], verbose_name='district'),
        ),
        migrations.AddField(
            model_name='historicaluserprofile',
            name='father_name',
            field=models.CharField(blank=True, max_length=150, validators=[shs.core.records.values.validate_person_name], verbose_name="father's name"),
        ),
        migrations.AddField(
            model_name='historicaluserprofile',
            name='mother_name',
            field=models.CharField(blank=True, max_length=150, validators=[shs.core.records.values.validate_person_name], verbose_name="mother's name"),
        ),
        migrations.AddField(
            model_name='historicaluserprofile',
            name='photo',
            field=models.TextField(blank=True, max_length=120, verbose_name='photo'),
        ),
        migrations.AddField(
            model_name='historicaluserprofile',
            name='spouse_name',
            field=models.CharField(blank=True, max_length=150, validators=[shs.core.records.values.validate_person_name], verbose_name="husband's or wife's name"),
        ),
        migrations.AddField(
            model_name='historicaluserprofile',
            name='upazila',
            field=models.CharField(blank=True, max_length=60, verbose_name='upazila or thana'),
        ),
        migrations.AddField(
            model_name='user',
            name='death_told_by',
            field=models.CharField(blank=True, max_length=150, verbose_name='who told of the death'),
        ),
        migrations.AddField(
            model_name='user',
            name='demo_name',
            field=models.CharField(blank=True, editable=False, max_length=20, verbose_name='demo name'),
        ),
        migrations.AddField(
            model_name='user',
            name='died_on',
            field=models.DateField(blank=True, null=True, validators=[shs.core.records.values.validate_past_day], verbose_name='died'),
        ),
        migrations.AddField(
            model_name='user',
            name='name_bn',
            field=models.CharField(blank=True, max_length=150, validators=[shs.core.records.values.validate_person_name], verbose_name='name in Bangla'),
        ),
        migrations.AddField(
            model_name='userprofile',
            name='birth_precision',
            field=models.CharField(choices=[('year', 'Year'), ('month', 'Month and year'), ('day', 'Day')], default='day', max_length=5, verbose_name='known of the date of birth'),
        ),
        migrations.AddField(
            model_name='userprofile',
            name='district',
            field=models.CharField(blank=True, max_length=40, validators=[shs.users.places.validate_district], verbose_name='district'),
        ),
        migrations.AddField(
            model_name='userprofile',
            name='father_name',
            field=models.CharField(blank=True, max_length=150, validators=[shs.core.records.values.validate_person_name], verbose_name="father's name"),
        ),
        migrations.AddField(
            model_name='userprofile',
            name='mother_name',
            field=models.CharField(blank=True, max_length=150, validators=[shs.core.records.values.validate_person_name], verbose_name="mother's name"),
        ),
        migrations.AddField(
            model_name='userprofile',
            name='photo',
            field=models.FileField(blank=True, max_length=120, upload_to='', verbose_name='photo'),
        ),
        migrations.AddField(
            model_name='userprofile',
            name='spouse_name',
            field=models.CharField(blank=True, max_length=150, validators=[shs.core.records.values.validate_person_name], verbose_name="husband's or wife's name"),
        ),
        migrations.AddField(
            model_name='userprofile',
            name='upazila',
            field=models.CharField(blank=True, max_length=60, verbose_name='upazila or thana'),
        ),
        migrations.AlterField(
            model_name='historicaluser',
            name='email',
            field=models.EmailField(blank=True, db_index=True, error_messages={'unique': 'There is already an account with this address.'}, max_length=254, null=True, verbose_name='e-mail address'),
        ),
        migrations.AlterField(
            model_name='user',
            name='email',
            field=models.EmailField(blank=True, error_messages={'unique': 'There is already an account with this address.'}, max_length=254, null=True, unique=True, verbose_name='e-mail address'),
        ),
        migrations.AddIndex(
            model_name='user',
            index=models.Index(condition=models.Q(('demo_name', ''), _negated=True), fields=['demo_name'], name='user_demo'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('email', ''), _negated=True), ('email__isnull', True), _connector='OR'), name='user_email_null_if_none'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('death_told_by', ''), ('died_on__isnull', True)), models.Q(('died_on__isnull', False), models.Q(('death_told_by', ''), _negated=True)), _connector='OR'), name='user_death_told_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='userprofile',
            constraint=models.CheckConstraint(condition=models.Q(('birth_precision__in', ['year', 'month', 'day'])), name='userprofile_birth_precision_known'),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RemoveField(
            model_name='historicaluserprofile',
            name='phone',
        ),
        migrations.RemoveField(
            model_name='userprofile',
            name='phone',
        ),
    ]
