"""Who may do what to articles, comments, reports and their topics; and whom a moderator may mute."""

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from shs.blog.models import BlogPost, Category, Comment, PostImage, PostStatus, Report, Tag
from shs.core.caller import Member
from shs.core.grants.offered import Breadth, admins_alone, rows_are
from shs.core.grants.table import everyone, grant, keep_back, open_rows
from shs.doctors.models import DoctorReview, Verification
from shs.users.models import Duty, Role, User

SENT_IN = Breadth("sent_in", _("those that were sent in"))
WRITERS = Breadth("writers", _("authors of moderated content"))


def own_posts(user: Member) -> Q:
    """The user's own articles."""
    return Q(author__user=user.pk)


def own_while_verified(user: Member) -> Q:
    """The user's own articles, while they are a verified doctor."""
    return Q(author__user=user.pk, author__verification_status=Verification.APPROVED)


@rows_are(SENT_IN)
def sent_in(user: Member) -> Q:
    """Articles that their author has sent in: drafts are the author's alone."""
    return ~Q(status=PostStatus.DRAFT)


@rows_are(SENT_IN)
def images_sent_in(user: Member) -> Q:
    """Images of articles that their author has sent in."""
    return Q(is_sent_in=True)


def written_by_me(user: Member) -> Q:
    """The user's own comments."""
    return Q(user=user.pk)


def filed_by_me(user: Member) -> Q:
    """The user's own reports."""
    return Q(reporter=user.pk)


@rows_are(WRITERS)
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

grant(BlogPost, Role.ADMIN, everyone, "view", "publish", "hide")
grant(BlogPost, Duty.MODERATION, sent_in, "view", "publish", "hide")
grant(BlogPost, Duty.AUDIT, sent_in, "view")

for who in (Role.ADMIN, Duty.MODERATION):
    grant(Comment, who, everyone, "view", "hide")
    grant(Report, who, everyone, "view", "dismiss")
    for topic in (Category, Tag):
        grant(topic, who, everyone, "view", "add", "change", "delete", "archive", "merge")

for who in (Role.PATIENT, Role.DOCTOR, Role.ADMIN):
    grant(Comment, who, written_by_me, "write")
    grant(Report, who, filed_by_me, "file")

grant(PostImage, Role.ADMIN, everyone, "view")
for who in (Duty.MODERATION, Duty.AUDIT):
    grant(PostImage, who, images_sent_in, "view")
for model in (Comment, Report, Category, Tag):
    grant(model, Duty.AUDIT, everyone, "view")
for model in (Category, Tag):
    grant(model, Role.DOCTOR, everyone, "choose")

grant(User, Duty.MODERATION, writers, "view", "mute")

open_rows(BlogPost, "public", because="articles are written for everybody")
open_rows(Comment, "shown", because="they are written for everybody")
for model in (Category, Tag):
    open_rows(model, "in_use", because="a catalogue, by which articles are looked for")

keep_back(BlogPost, "publish", "hide", because="an article is reviewed by somebody whose duty it is, never its author")
for model in (Comment, Report):
    keep_back(model, "hide", "dismiss", because="moderators decide, never those whom a comment or a report is about")

admins_alone(BlogPost, "view", "publish", "hide", because="drafts are their author's alone, admins aside")
admins_alone(PostImage, "view", because="images of drafts are their author's alone, admins aside")
admins_alone(Comment, "write", because="everybody writes their own, whatever their duty")
admins_alone(Report, "file", because="everybody files their own, whatever their duty")
