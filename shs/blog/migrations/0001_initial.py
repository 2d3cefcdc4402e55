import django.db.models.deletion
import shs.core.context
import simple_history.models
import uuid
from django.conf import settings
from django.db import migrations, models
from shs.core.records.migrations import InitialMigration


class Migration(InitialMigration):
    initial = True

    dependencies = [
        ("core", "0001_initial"),
        ("doctors", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Category",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("name", models.CharField(max_length=80, unique=True, verbose_name="name")),
                ("slug", models.SlugField(max_length=80, unique=True, verbose_name="short name")),
            ],
            options={
                "verbose_name": "category",
                "verbose_name_plural": "categories",
                "ordering": ["name"],
                "permissions": [("choose_category", "Can choose the category in a form")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("name", ""), _negated=True), models.Q(("slug", ""), _negated=True)
                        ),
                        name="category_named",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Tag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("name", models.CharField(max_length=50, unique=True, verbose_name="name")),
                ("slug", models.SlugField(unique=True, verbose_name="short name")),
            ],
            options={
                "verbose_name": "tag",
                "verbose_name_plural": "tags",
                "ordering": ["name"],
                "permissions": [("choose_tag", "Can choose the tag in a form")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("name", ""), _negated=True), models.Q(("slug", ""), _negated=True)
                        ),
                        name="tag_named",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="BlogPost",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "visibility",
                    models.CharField(
                        choices=[("shown", "Shown"), ("hidden", "Hidden")],
                        default="shown",
                        max_length=10,
                        verbose_name="visibility",
                    ),
                ),
                ("title", models.CharField(max_length=200, verbose_name="title")),
                ("content", models.TextField(verbose_name="text")),
                ("source", models.CharField(blank=True, max_length=255, verbose_name="source")),
                ("slug", models.SlugField(editable=False, max_length=120, unique=True, verbose_name="short name")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("in_review", "In review"),
                            ("published", "Published"),
                            ("changes_requested", "Changes requested"),
                            ("rejected", "Rejected"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="draft",
                        max_length=20,
                        verbose_name="status",
                    ),
                ),
                ("submitted_at", models.DateTimeField(blank=True, null=True, verbose_name="waiting since")),
                ("review_note", models.CharField(blank=True, max_length=1000, verbose_name="note to the author")),
                ("reviewed_at", models.DateTimeField(blank=True, null=True, verbose_name="reviewed")),
                ("published_title", models.CharField(blank=True, max_length=200, verbose_name="published title")),
                ("published_content", models.TextField(blank=True, verbose_name="published text")),
                ("published_source", models.CharField(blank=True, max_length=255, verbose_name="published source")),
                ("excerpt", models.CharField(blank=True, max_length=250, verbose_name="excerpt")),
                ("published_at", models.DateTimeField(blank=True, null=True, verbose_name="published")),
                ("search_text", models.TextField(blank=True, editable=False)),
                ("views", models.PositiveIntegerField(default=0, editable=False, verbose_name="views")),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="posts",
                        to="doctors.doctorinformation",
                        verbose_name="author",
                    ),
                ),
                (
                    "reviewed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviewed_posts",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="reviewed by",
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="posts",
                        to="blog.category",
                        verbose_name="category",
                    ),
                ),
                ("tags", models.ManyToManyField(blank=True, related_name="posts", to="blog.tag", verbose_name="tags")),
            ],
            options={
                "verbose_name": "article",
                "verbose_name_plural": "articles",
                "ordering": ["-pk"],
                "permissions": [
                    ("submit_blogpost", "Can submit an article for review"),
                    ("withdraw_blogpost", "Can withdraw an article"),
                    ("publish_blogpost", "Can approve or reject an article in review"),
                    ("hide_blogpost", "Can hide and restore a published article"),
                ],
                "indexes": [
                    models.Index(fields=["-published_at", "-id"], name="blogpost_by_date"),
                    models.Index(
                        condition=models.Q(("status", "in_review")), fields=["submitted_at"], name="blogpost_waiting"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                ["draft", "in_review", "published", "changes_requested", "rejected", "withdrawn"],
                            )
                        ),
                        name="blogpost_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("visibility__in", ["shown", "hidden"])), name="blogpost_visibility_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("title", ""), _negated=True), models.Q(("content", ""), _negated=True)
                        ),
                        name="blogpost_says_something",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("published_at__isnull", True),
                            models.Q(
                                models.Q(("published_title", ""), _negated=True),
                                models.Q(("published_content", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="blogpost_published_is_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "published"), _negated=True),
                            ("published_at__isnull", False),
                            _connector="OR",
                        ),
                        name="blogpost_published_has_date",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Comment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "visibility",
                    models.CharField(
                        choices=[("shown", "Shown"), ("hidden", "Hidden")],
                        default="shown",
                        max_length=10,
                        verbose_name="visibility",
                    ),
                ),
                ("content", models.TextField(max_length=2000, verbose_name="comment")),
                (
                    "post",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="comments",
                        to="blog.blogpost",
                        verbose_name="article",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="comments",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
            ],
            options={
                "verbose_name": "comment",
                "verbose_name_plural": "comments",
                "ordering": ["-pk"],
                "permissions": [
                    ("write_comment", "Can comment on articles"),
                    ("hide_comment", "Can hide and restore comments"),
                ],
                "indexes": [models.Index(fields=["post", "id"], name="comment_by_post")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("visibility__in", ["shown", "hidden"])), name="comment_visibility_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("content", ""), _negated=True), name="comment_not_empty"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PostImage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="key")),
                ("file", models.FileField(max_length=120, upload_to="", verbose_name="file")),
                ("content_type", models.CharField(max_length=20, verbose_name="type")),
                ("size", models.PositiveIntegerField(verbose_name="size (bytes)")),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="post_images",
                        to="doctors.doctorinformation",
                        verbose_name="author",
                    ),
                ),
            ],
            options={
                "verbose_name": "image",
                "verbose_name_plural": "images",
                "ordering": ["-pk"],
                "permissions": [("upload_postimage", "Can upload images for their articles")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("content_type__in", ["image/jpeg", "image/png"])),
                        name="postimage_type_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Report",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("blog", "Article"),
                            ("comment", "Comment"),
                            ("review", "Review"),
                            ("answer", "Answer of the assistant"),
                        ],
                        max_length=10,
                        verbose_name="what",
                    ),
                ),
                ("object_id", models.PositiveBigIntegerField(verbose_name="id")),
                ("reason", models.CharField(max_length=500, verbose_name="reason")),
                (
                    "status",
                    models.CharField(
                        choices=[("open", "Open"), ("dismissed", "Dismissed"), ("upheld", "Upheld")],
                        default="open",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("decision", models.CharField(blank=True, max_length=500, verbose_name="reason for the decision")),
                (
                    "reporter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="reported by",
                    ),
                ),
            ],
            options={
                "verbose_name": "report",
                "verbose_name_plural": "reports",
                "ordering": ["-pk"],
                "permissions": [
                    ("file_report", "Can report content written by others"),
                    ("dismiss_report", "Can decide reports"),
                ],
                "indexes": [
                    models.Index(fields=["kind", "object_id"], name="report_by_object"),
                    models.Index(condition=models.Q(("status", "open")), fields=["created_at"], name="report_open"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("reporter", "kind", "object_id"),
                        name="report_once_a_user",
                        violation_error_code="already_reported",
                        violation_error_message="You have already reported this.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["blog", "comment", "review", "answer"])),
                        name="report_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["open", "dismissed", "upheld"])), name="report_status_known"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HistoricalBlogPost",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                (
                    "history_request",
                    models.CharField(
                        blank=True, default=shs.core.context.request_id, max_length=32, verbose_name="request"
                    ),
                ),
                (
                    "history_address",
                    models.CharField(
                        blank=True, default=shs.core.context.request_address, max_length=45, verbose_name="from"
                    ),
                ),
                ("created_at", models.DateTimeField(blank=True, editable=False, verbose_name="created")),
                (
                    "visibility",
                    models.CharField(
                        choices=[("shown", "Shown"), ("hidden", "Hidden")],
                        default="shown",
                        max_length=10,
                        verbose_name="visibility",
                    ),
                ),
                ("title", models.CharField(max_length=200, verbose_name="title")),
                ("content", models.TextField(verbose_name="text")),
                ("source", models.CharField(blank=True, max_length=255, verbose_name="source")),
                ("slug", models.SlugField(editable=False, max_length=120, verbose_name="short name")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("in_review", "In review"),
                            ("published", "Published"),
                            ("changes_requested", "Changes requested"),
                            ("rejected", "Rejected"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="draft",
                        max_length=20,
                        verbose_name="status",
                    ),
                ),
                ("submitted_at", models.DateTimeField(blank=True, null=True, verbose_name="waiting since")),
                ("review_note", models.CharField(blank=True, max_length=1000, verbose_name="note to the author")),
                ("reviewed_at", models.DateTimeField(blank=True, null=True, verbose_name="reviewed")),
                ("published_title", models.CharField(blank=True, max_length=200, verbose_name="published title")),
                ("published_content", models.TextField(blank=True, verbose_name="published text")),
                ("published_source", models.CharField(blank=True, max_length=255, verbose_name="published source")),
                ("excerpt", models.CharField(blank=True, max_length=250, verbose_name="excerpt")),
                ("published_at", models.DateTimeField(blank=True, null=True, verbose_name="published")),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField()),
                ("history_change_reason", models.TextField(null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "author",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="doctors.doctorinformation",
                        verbose_name="author",
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="blog.category",
                        verbose_name="category",
                    ),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "reviewed_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="reviewed by",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical article",
                "verbose_name_plural": "historical articles",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [models.Index(fields=["history_date", "id"], name="blog_histor_history_e5d9b0_idx")],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalBlogPost_tags",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("m2m_history_id", models.AutoField(primary_key=True, serialize=False)),
                (
                    "blogpost",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_tablespace="",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="blog.blogpost",
                    ),
                ),
                (
                    "history",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        to="blog.historicalblogpost",
                    ),
                ),
                (
                    "tag",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_tablespace="",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="blog.tag",
                    ),
                ),
            ],
            options={
                "verbose_name": "HistoricalBlogPost_tags",
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalCategory",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                (
                    "history_request",
                    models.CharField(
                        blank=True, default=shs.core.context.request_id, max_length=32, verbose_name="request"
                    ),
                ),
                (
                    "history_address",
                    models.CharField(
                        blank=True, default=shs.core.context.request_address, max_length=45, verbose_name="from"
                    ),
                ),
                ("created_at", models.DateTimeField(blank=True, editable=False, verbose_name="created")),
                ("name", models.CharField(db_index=True, max_length=80, verbose_name="name")),
                ("slug", models.SlugField(max_length=80, verbose_name="short name")),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField()),
                ("history_change_reason", models.TextField(null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical category",
                "verbose_name_plural": "historical categories",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [models.Index(fields=["history_date", "id"], name="blog_histor_history_1a64f8_idx")],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalComment",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                (
                    "history_request",
                    models.CharField(
                        blank=True, default=shs.core.context.request_id, max_length=32, verbose_name="request"
                    ),
                ),
                (
                    "history_address",
                    models.CharField(
                        blank=True, default=shs.core.context.request_address, max_length=45, verbose_name="from"
                    ),
                ),
                ("created_at", models.DateTimeField(blank=True, editable=False, verbose_name="created")),
                (
                    "visibility",
                    models.CharField(
                        choices=[("shown", "Shown"), ("hidden", "Hidden")],
                        default="shown",
                        max_length=10,
                        verbose_name="visibility",
                    ),
                ),
                ("content", models.TextField(max_length=2000, verbose_name="comment")),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField()),
                ("history_change_reason", models.TextField(null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="blog.blogpost",
                        verbose_name="article",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical comment",
                "verbose_name_plural": "historical comments",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [models.Index(fields=["history_date", "id"], name="blog_histor_history_2aae6f_idx")],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalPostImage",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                (
                    "history_request",
                    models.CharField(
                        blank=True, default=shs.core.context.request_id, max_length=32, verbose_name="request"
                    ),
                ),
                (
                    "history_address",
                    models.CharField(
                        blank=True, default=shs.core.context.request_address, max_length=45, verbose_name="from"
                    ),
                ),
                ("created_at", models.DateTimeField(blank=True, editable=False, verbose_name="created")),
                ("key", models.UUIDField(db_index=True, default=uuid.uuid4, editable=False, verbose_name="key")),
                ("file", models.TextField(max_length=120, verbose_name="file")),
                ("content_type", models.CharField(max_length=20, verbose_name="type")),
                ("size", models.PositiveIntegerField(verbose_name="size (bytes)")),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField()),
                ("history_change_reason", models.TextField(null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "author",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="doctors.doctorinformation",
                        verbose_name="author",
                    ),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical image",
                "verbose_name_plural": "historical images",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [models.Index(fields=["history_date", "id"], name="blog_histor_history_0ec80b_idx")],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalReport",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                (
                    "history_request",
                    models.CharField(
                        blank=True, default=shs.core.context.request_id, max_length=32, verbose_name="request"
                    ),
                ),
                (
                    "history_address",
                    models.CharField(
                        blank=True, default=shs.core.context.request_address, max_length=45, verbose_name="from"
                    ),
                ),
                ("created_at", models.DateTimeField(blank=True, editable=False, verbose_name="created")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("blog", "Article"),
                            ("comment", "Comment"),
                            ("review", "Review"),
                            ("answer", "Answer of the assistant"),
                        ],
                        max_length=10,
                        verbose_name="what",
                    ),
                ),
                ("object_id", models.PositiveBigIntegerField(verbose_name="id")),
                ("reason", models.CharField(max_length=500, verbose_name="reason")),
                (
                    "status",
                    models.CharField(
                        choices=[("open", "Open"), ("dismissed", "Dismissed"), ("upheld", "Upheld")],
                        default="open",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("decision", models.CharField(blank=True, max_length=500, verbose_name="reason for the decision")),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField()),
                ("history_change_reason", models.TextField(null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "reporter",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="reported by",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical report",
                "verbose_name_plural": "historical reports",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [models.Index(fields=["history_date", "id"], name="blog_histor_history_416886_idx")],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalTag",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                (
                    "history_request",
                    models.CharField(
                        blank=True, default=shs.core.context.request_id, max_length=32, verbose_name="request"
                    ),
                ),
                (
                    "history_address",
                    models.CharField(
                        blank=True, default=shs.core.context.request_address, max_length=45, verbose_name="from"
                    ),
                ),
                ("created_at", models.DateTimeField(blank=True, editable=False, verbose_name="created")),
                ("name", models.CharField(db_index=True, max_length=50, verbose_name="name")),
                ("slug", models.SlugField(verbose_name="short name")),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField()),
                ("history_change_reason", models.TextField(null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical tag",
                "verbose_name_plural": "historical tags",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
                "indexes": [models.Index(fields=["history_date", "id"], name="blog_histor_history_f39e1e_idx")],
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
    ]
