import django.contrib.postgres.operations
import django.db.models.deletion
import shs.core.context
import shs.core.operations
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('core', '0001_initial'), ('core', '0002_backup'), ('core', '0003_seal_keys'), ('core', '0004_clock'), ('core', '0005_words'), ('core', '0006_proof_of_identity'), ('core', '0007_limits'), ('core', '0008_indexes_of_searches')]

    initial = True

    dependencies = [
        ('admin', '0003_logentry_add_action_flag_choices'),
        ('auth', '0012_alter_user_first_name_max_length'),
        ('axes', '0010_accessattemptexpiration'),
        ('contenttypes', '0002_remove_content_type_name'),
        ('guardian', '0003_remove_groupobjectpermission_guardian_gr_content_ae6aec_idx_and_more'),
        ('otp_static', '0003_add_timestamps'),
        ('otp_totp', '0003_add_timestamps'),
        ('sessions', '0001_initial'),
        ('users', '__first__'),
    ]

    operations = [
        django.contrib.postgres.operations.BtreeGistExtension(
        ),
        django.contrib.postgres.operations.TrigramExtension(
        ),
        shs.core.operations.CreateModels(
            models=[migrations.CreateModel(
                name='AuditSeal',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('sealed_at', models.DateTimeField(verbose_name='sealed')),
                    ('from_id', models.PositiveBigIntegerField(unique=True, verbose_name='from line')),
                    ('to_id', models.PositiveBigIntegerField(unique=True, verbose_name='to line')),
                    ('lines', models.JSONField(verbose_name='lines')),
                    ('previous', models.CharField(blank=True, max_length=64, verbose_name='digest of the seal before')),
                    ('digest', models.CharField(max_length=64, unique=True, verbose_name='digest')),
                    ('key', models.CharField(blank=True, default='', max_length=40, verbose_name='key')),
                ],
                options={
                    'verbose_name': 'seal',
                    'verbose_name_plural': 'seals',
                    'default_permissions': (),
                    'constraints': [models.CheckConstraint(condition=models.Q(('to_id__gte', models.F('from_id'))), name='auditseal_ends_after_start'), models.UniqueConstraint(fields=('previous',), name='auditseal_one_chain')],
                },
            ), migrations.CreateModel(
                name='CacheEntry',
                fields=[
                    ('cache_key', models.CharField(max_length=255, primary_key=True, serialize=False)),
                    ('value', models.TextField()),
                    ('expires', models.DateTimeField(db_index=True)),
                ],
                options={
                    'default_permissions': (),
                },
            ), migrations.CreateModel(
                name='SavedView',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                    ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated')),
                    ('page', models.CharField(max_length=100, verbose_name='list')),
                    ('name', models.CharField(max_length=60, verbose_name='name')),
                    ('query', models.CharField(max_length=1000, verbose_name='filter')),
                    ('is_shared', models.BooleanField(default=False, verbose_name='shared')),
                    ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='saved_views', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
                ],
                options={
                    'verbose_name': 'saved view',
                    'verbose_name_plural': 'saved views',
                    'ordering': ['name', 'pk'],
                    'indexes': [models.Index(fields=['page', 'is_shared'], name='savedview_by_page')],
                    'constraints': [models.UniqueConstraint(fields=('owner', 'page', 'name'), name='savedview_name_once', violation_error_code='view_exists', violation_error_message='You already have a view with this name.'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='savedview_named'), models.CheckConstraint(condition=models.Q(('query', ''), _negated=True), name='savedview_filters')],
                },
            ), migrations.CreateModel(
                name='JobLease',
                fields=[
                    ('name', models.CharField(max_length=60, primary_key=True, serialize=False)),
                    ('holder', models.CharField(blank=True, max_length=32)),
                    ('began_at', models.DateTimeField(null=True)),
                    ('expires_at', models.DateTimeField(null=True)),
                    ('held', models.CharField(blank=True, max_length=60)),
                ],
                options={
                    'default_permissions': (),
                },
            ), migrations.CreateModel(
                name='JobRun',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=60, verbose_name='job')),
                    ('started_at', models.DateTimeField(verbose_name='began')),
                    ('finished_at', models.DateTimeField(db_index=True, verbose_name='ended')),
                    ('count', models.PositiveIntegerField(default=0, verbose_name='done')),
                    ('error', models.CharField(blank=True, max_length=255, verbose_name='error')),
                    ('place', models.CharField(blank=True, max_length=100, verbose_name='host and process')),
                    ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='asked for by')),
                ],
                options={
                    'verbose_name': 'run of due work',
                    'verbose_name_plural': 'runs of due work',
                    'permissions': [('run_jobrun', 'Can run due work at once')],
                    'default_permissions': ('view',),
                    'indexes': [models.Index(fields=['name', '-started_at'], name='jobrun_by_name'), models.Index(condition=models.Q(('error', ''), _negated=True), fields=['-started_at'], name='jobrun_failed')],
                },
            ), migrations.CreateModel(
                name='KeptAnswer',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.CharField(max_length=255)),
                    ('digest', models.CharField(max_length=64)),
                    ('status', models.PositiveSmallIntegerField(null=True)),
                    ('body', models.JSONField(null=True)),
                    ('created_at', models.DateTimeField(auto_now_add=True, db_index=True)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'default_permissions': (),
                    'constraints': [models.UniqueConstraint(fields=('user', 'key'), name='keptanswer_once_a_key')],
                },
            ), migrations.CreateModel(
                name='ObjectGrant',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('object_pk', models.CharField(max_length=255, verbose_name='object ID')),
                    ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                    ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated')),
                    ('source', models.CharField(choices=[('desk', "works at the clinic's desk"), ('consent', "the patient's consent"), ('break_glass', 'emergency access'), ('claim', 'claimed for review'), ('share', 'shared by an admin')], max_length=12, verbose_name='basis')),
                    ('reason', models.CharField(blank=True, max_length=500, verbose_name='reason')),
                    ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name='until')),
                    ('content_type', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='contenttypes.contenttype')),
                    ('granted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='grants_given', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                    ('permission', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='auth.permission')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name': 'access grant',
                    'verbose_name_plural': 'access grants',
                    'permissions': [('revoke_objectgrant', 'Can revoke access to a chart')],
                    'abstract': False,
                    'indexes': [models.Index(fields=['content_type', 'object_pk'], name='core_object_content_8e816f_idx'), models.Index(fields=['source', '-id'], name='grant_by_source')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('source__in', ['desk', 'consent', 'break_glass', 'claim', 'share'])), name='objectgrant_source_known')],
                    'unique_together': {('user', 'permission', 'object_pk')},
                },
            ), migrations.CreateModel(
                name='ReadLog',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('at', models.DateTimeField(auto_now_add=True, verbose_name='when')),
                    ('role', models.CharField(max_length=100, verbose_name='role')),
                    ('what', models.CharField(max_length=60, verbose_name='what')),
                    ('ids', models.JSONField(default=list, verbose_name='record numbers')),
                    ('basis', models.CharField(choices=[('own', 'own record'), ('care', 'in care'), ('visit', 'this visit alone, without proof of identity'), ('consent', "the patient's consent"), ('break_glass', 'emergency access'), ('duty', 'duty'), ('denied', 'denied')], max_length=12, verbose_name='basis')),
                    ('note', models.CharField(blank=True, max_length=255, verbose_name='note')),
                    ('path', models.CharField(max_length=200, verbose_name='page')),
                    ('address', models.CharField(blank=True, default=shs.core.context.request_address, max_length=45, verbose_name='from')),
                    ('request', models.CharField(blank=True, default=shs.core.context.request_id, max_length=32, verbose_name='request')),
                    ('reader', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reads', to=settings.AUTH_USER_MODEL, verbose_name='reader')),
                    ('subject', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reads_of', to=settings.AUTH_USER_MODEL, verbose_name='patient or person')),
                    ('times', models.PositiveIntegerField(default=1, verbose_name='times')),
                ],
                options={
                    'verbose_name': 'read',
                    'verbose_name_plural': 'read log',
                    'permissions': [('export_readlog', 'Can export the read log')],
                    'default_permissions': ('view',),
                    'indexes': [models.Index(fields=['subject', '-at'], name='readlog_by_subject'), models.Index(fields=['reader', '-at'], name='readlog_by_reader'), models.Index(fields=['-at'], name='readlog_by_time'), models.Index(fields=['what'], name='readlog_by_what', opclasses=['varchar_pattern_ops']), models.Index(fields=['request'], name='readlog_by_request', opclasses=['varchar_pattern_ops'])],
                },
            ), migrations.CreateModel(
                name='HistoricalObjectGrant',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('object_pk', models.CharField(max_length=255, verbose_name='object ID')),
                    ('history_request', models.CharField(blank=True, default=shs.core.context.request_id, max_length=32, verbose_name='request')),
                    ('history_address', models.CharField(blank=True, default=shs.core.context.request_address, max_length=45, verbose_name='from')),
                    ('created_at', models.DateTimeField(blank=True, editable=False, verbose_name='created')),
                    ('source', models.CharField(choices=[('desk', "works at the clinic's desk"), ('consent', "the patient's consent"), ('break_glass', 'emergency access'), ('claim', 'claimed for review'), ('share', 'shared by an admin')], max_length=12, verbose_name='basis')),
                    ('reason', models.CharField(blank=True, max_length=500, verbose_name='reason')),
                    ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name='until')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.TextField(null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('content_type', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='contenttypes.contenttype')),
                    ('granted_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                    ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('permission', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='auth.permission')),
                    ('user', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name': 'historical access grant',
                    'verbose_name_plural': 'historical access grants',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                    'indexes': [models.Index(fields=['history_date', 'id'], name='core_histor_history_a4fcbf_idx')],
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='HistoricalSavedView',
                fields=[
                    ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                    ('history_request', models.CharField(blank=True, default=shs.core.context.request_id, max_length=32, verbose_name='request')),
                    ('history_address', models.CharField(blank=True, default=shs.core.context.request_address, max_length=45, verbose_name='from')),
                    ('created_at', models.DateTimeField(blank=True, editable=False, verbose_name='created')),
                    ('page', models.CharField(max_length=100, verbose_name='list')),
                    ('name', models.CharField(max_length=60, verbose_name='name')),
                    ('is_shared', models.BooleanField(default=False, verbose_name='shared')),
                    ('history_id', models.AutoField(primary_key=True, serialize=False)),
                    ('history_date', models.DateTimeField()),
                    ('history_change_reason', models.TextField(null=True)),
                    ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                    ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('owner', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
                ],
                options={
                    'verbose_name': 'historical saved view',
                    'verbose_name_plural': 'historical saved views',
                    'ordering': ('-history_date', '-history_id'),
                    'get_latest_by': ('history_date', 'history_id'),
                    'indexes': [models.Index(fields=['history_date', 'id'], name='core_histor_history_d96ae1_idx')],
                },
                bases=(simple_history.models.HistoricalChanges, models.Model),
            ), migrations.CreateModel(
                name='Backup',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('file', models.CharField(max_length=255, verbose_name='file')),
                    ('taken_at', models.DateTimeField(db_index=True, verbose_name='taken')),
                    ('finished_at', models.DateTimeField(verbose_name='finished')),
                    ('bytes', models.PositiveBigIntegerField(verbose_name='size in bytes')),
                    ('digest', models.CharField(max_length=64, verbose_name='digest')),
                    ('is_encrypted', models.BooleanField(verbose_name='encrypted')),
                ],
                options={
                    'verbose_name': 'backup',
                    'verbose_name_plural': 'backups',
                    'default_permissions': (),
                },
            ), migrations.CreateModel(
                name='Restore',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('file', models.CharField(max_length=255, verbose_name='file')),
                    ('taken_at', models.DateTimeField(verbose_name='backup taken')),
                    ('restored_at', models.DateTimeField(verbose_name='restored')),
                    ('released_at', models.DateTimeField(null=True, verbose_name='released')),
                    ('reason', models.CharField(blank=True, max_length=500, verbose_name='reason')),
                    ('withdraws_due', models.BooleanField(default=True, verbose_name='withdraws what was due')),
                    ('released_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='released by')),
                ],
                options={
                    'verbose_name': 'restore',
                    'verbose_name_plural': 'restores',
                    'permissions': [('release_restore', 'Can let a restored system send messages again')],
                    'default_permissions': (),
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('released_at', None), ('released_by', None)), models.Q(('released_at__isnull', False), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='restore_release_is_whole', violation_error_message='Say why the messages may be sent.')],
                },
            ), migrations.CreateModel(
                name='ClockMark',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('seen_at', models.DateTimeField()),
                    ('set_back_at', models.DateTimeField(null=True)),
                    ('set_back_from', models.DateTimeField(null=True)),
                ],
                options={
                    'default_permissions': (),
                },
            ), migrations.CreateModel(
                name='LimitCount',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=20)),
                    ('key', models.CharField(max_length=50)),
                    ('hour', models.PositiveIntegerField(db_index=True)),
                    ('count', models.PositiveIntegerField()),
                ],
                options={
                    'default_permissions': (),
                    'constraints': [models.UniqueConstraint(fields=('name', 'key', 'hour'), name='limitcount_once')],
                },
            ), migrations.CreateModel(
                name='DefaultView',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('page', models.CharField(max_length=100)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='default_views', to=settings.AUTH_USER_MODEL)),
                    ('view', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='defaults', to='core.savedview')),
                ],
                options={
                    'default_permissions': (),
                    'constraints': [models.UniqueConstraint(fields=('user', 'page'), name='defaultview_once_a_list')],
                },
            )],
        ),
    ]
