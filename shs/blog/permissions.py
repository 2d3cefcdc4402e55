"""Who may do what to articles, comments, reports and their topics; and whom a moderator may mute."""

from django.db.models import Exists, OuterRef, Q

from shs.blog.models import BlogPost, Category, Comment, PostImage, Report, Tag
from shs.core.caller import Member
from shs.core.grants.table import everyone, grant, open_rows
from shs.doctors.models import DoctorReview, Verification
from shs.users.models import Duty, Role, User


def own_posts(user: Member) -> Q:
    """The user's own articles."""
    return Q(author__user=user.pk)


def own_while_verified(user: Member) -> Q:
    """The user's own articles, while they are a verified doctor."""
    return Q(author__user=user.pk, author__verification_status=Verification.APPROVED)


def written_by_me(user: Member) -> Q:
    """The user's own comments."""
    return Q(user=user.pk)


def filed_by_me(user: Member) -> Q:
    """The user's own reports."""
    return Q(reporter=user.pk)


def writers(user: Member) -> Q:
    """Authors of content in moderation, without the user themselves."""
    posts = BlogPost.objects.filter(author__user=OuterRef("pk"))
    comments = Comment.objects.filter(user=OuterRef("pk"))
    reviews = DoctorReview.objects.filter(patient=OuterRef("pk"))
    reports = Report.objects.filter(reporter=OuterRef("pk"))
    return Q(Exists(posts) | Exists(comments) | Exists(reviews) | Exists(reports)) & ~Q(pk=user.pk)


grant(BlogPost, Role.DOCTOR, own_posts, "view", "withdraw")
grant(BlogPost, Role.DOCTOR, own_while_verified, "add", "change", "submit")
grant(PostImage, Role.DOCTOR, own_posts, "view")
grant(PostImage, Role.DOCTOR, own_while_verified, "upload")

for who in (Role.ADMIN, Duty.MODERATION):
    grant(BlogPost, who, everyone, "view", "publish", "hide")
    grant(Comment, who, everyone, "view", "hide")
    grant(Report, who, everyone, "view", "dismiss")
    grant(PostImage, who, everyone, "view")
    grant(Category, who, everyone, "view", "add", "change")
    grant(Tag, who, everyone, "view", "add", "change")

for who in (Role.PATIENT, Role.DOCTOR, Role.ADMIN):
    grant(Comment, who, written_by_me, "write")
    grant(Report, who, filed_by_me, "file")

for model in (BlogPost, Comment, Report, PostImage, Category, Tag):
    grant(model, Duty.AUDIT, everyone, "view")
for model in (Category, Tag):
    grant(model, Role.DOCTOR, everyone, "choose")

grant(User, Duty.MODERATION, writers, "view", "mute")

open_rows(BlogPost, "public", because="articles are written for everybody")
open_rows(Comment, "shown", because="they are written for everybody")
for model in (Category, Tag):
    open_rows(model, "all", because="a catalogue, by which articles are looked for")
