"""The moderation queue: articles in review and reported content in one list, oldest first.

Also bulk decisions, and undoing them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, TypedDict, cast

from django.db import transaction
from django.db.models import Count, F, Min, Model, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext_lazy as _

from shs.blog import services
from shs.blog.errors import ChangedMeanwhile
from shs.blog.models import BlogPost, Comment, Report
from shs.blog.models.post import PostQuerySet
from shs.blog.models.report import ReportQuerySet
from shs.blog.targets import TARGETS, Reportable
from shs.core.caller import Caller
from shs.core.errors import NotFound, Refused
from shs.core.labels import Label
from shs.core.records.moderation import Moderated
from shs.doctors.models import DoctorReview
from shs.users.models import User

POST = "post"
LATE_DAYS = 3
"""Items that have waited this long are late."""
MOST = 1000
"""The maximum of each kind that is loaded, oldest first, so that none is missed for long."""


class Head(NamedTuple):
    """One waiting item: an article to review (POST), or a kind of Report; `since` when, `reports` how many."""

    kind: str
    pk: int
    since: datetime
    reports: int


@dataclass
class Item:
    """One waiting item, with everything needed to decide on it. `row` is None if its author has deleted it."""

    head: Head
    row: Reportable | None
    author: User | None
    context: Label = ""
    text: str = ""
    complaints: list[Report] = field(default_factory=list)

    @property
    def post(self) -> BlogPost | None:
        """The article, where one is to be reviewed."""
        return self.row if self.head.kind == POST and isinstance(self.row, BlogPost) else None

    @property
    def key(self) -> str:
        """The key of the item in a form; for an article with the version that was read."""
        version = self.post.version if self.post else ""
        return f"{self.head.kind}:{self.head.pk}:{version}"

    @property
    def is_anonymous(self) -> bool:
        """Whether the reporters are hidden from the moderator."""
        target = TARGETS.get(self.head.kind)
        return target is not None and target.is_anonymous

    @property
    def label(self) -> Label:
        """A label for people."""
        if self.post is None:
            return Report.Kind(self.head.kind).label
        return _("Edit of a published article") if self.post.published_at else _("Article to review")


def heads(user: Caller, kind: str = "") -> list[Head]:
    """The queue of `user`, oldest first; optionally of one kind."""
    found = []
    if kind in ("", POST):
        rows = _posts(user).order_by("submitted_at").values_list("pk", "submitted_at")[:MOST]
        found += [Head(POST, pk, since, 0) for pk, since in rows if since]
    if kind != POST:
        reports = _reports(user).filter(kind=kind) if kind else _reports(user)
        things = reports.order_by().values_list("kind", "object_id").annotate(first=Min("created_at"), n=Count("pk"))
        found += [Head(*row) for row in things.order_by("first")[:MOST]]
    return sorted(found, key=lambda head: (head.since, head.kind, head.pk))


def count(user: Caller) -> tuple[int, datetime | None]:
    """The length of the queue of `user`, and since when its oldest item has waited. Two queries."""
    posts = _posts(user).aggregate(n=Count("pk"), first=Min("submitted_at"))
    things = _reports(user).order_by().values("kind", "object_id").annotate(since=Min("created_at"))
    since = list(things.values_list("since", flat=True)[:MOST])
    return posts["n"] + len(since), min([*since, *([posts["first"]] if posts["first"] else [])], default=None)


def items(heads_: Iterable[Head]) -> list[Item]:
    """The queue entries with their rows; one or two queries per kind."""
    wanted: dict[str, list[int]] = defaultdict(list)
    for head in heads_:
        wanted[head.kind].append(head.pk)
    rows = {kind: _rows(kind).in_bulk(ids) for kind, ids in wanted.items() if kind == POST or kind in TARGETS}
    complaints = _complaints(wanted)
    found = []
    for head in heads_:
        row = rows.get(head.kind, {}).get(head.pk)
        if row is None and head.kind == POST:
            continue  # it has just been decided
        item = Item(head, cast("Reportable | None", row), None, complaints=complaints[head.kind, head.pk])
        if row is not None:
            target = TARGETS[Report.Kind.BLOG if head.kind == POST else head.kind]
            item.author, item.context, item.text = target.author(row), target.context(row), target.text(row)
        found.append(item)
    return found


WRITINGS: tuple[tuple[type[Moderated], str, list[str]], ...] = (
    (BlogPost, "author__user_id", ["author"]),
    (Comment, "user_id", []),
    (DoctorReview, "patient_id", ["doctor"]),
)


class Others(TypedDict):
    """Other content of an author: the number, and the newest items of each kind."""

    count: int
    rows: list[Moderated]


OTHERS = 3
"""How many items of each kind are shown of an author's other content."""


def others_of(user: Caller, authors: Iterable[int]) -> dict[int, Others]:
    """Other content of these authors that `user` may see: the number and the newest of each kind. A query for each
    kind."""
    authors = set(authors)
    found: dict[int, Others] = {pk: {"count": 0, "rows": []} for pk in authors}
    for model, key, whole in WRITINGS:
        rows = model.objects.allowed(user, "view").filter(**{f"{key}__in": authors})
        ranked = rows.annotate(
            author_key=F(key),
            written=Window(Count("pk"), partition_by=[F(key)]),
            place=Window(RowNumber(), partition_by=[F(key)], order_by=F("pk").desc()),
        )
        newest = ranked.filter(place__lte=OTHERS).select_related(*whole).order_by("-pk")
        for row in newest:
            mine = found[row.author_key]
            mine["rows"].append(row)
            mine["count"] += row.written if row.place == 1 else 0
    return found


def _posts(user: Caller) -> PostQuerySet:
    return BlogPost.objects.allowed(user, "publish").waiting()


def _reports(user: Caller) -> ReportQuerySet:
    return Report.objects.allowed(user, "dismiss").open()


def _rows(kind: str) -> QuerySet[Model]:
    return TARGETS[Report.Kind.BLOG if kind == POST else kind].rows()


def _complaints(wanted: dict[str, list[int]]) -> dict[tuple[str, int], list[Report]]:
    """The open reports of the items, oldest first."""
    found = defaultdict(list)
    ids = {pk for kind, pks in wanted.items() if kind != POST for pk in pks}
    rows = Report.objects.open().filter(kind__in=wanted, object_id__in=ids).select_related("reporter")
    for row in rows.order_by("pk") if ids else ():
        found[row.kind, row.object_id].append(row)
    return found


# --- Several at once -------------------------------------------------------------------------------------------------


Mark = str | list[int]


class Done(NamedTuple):
    """The decision on one item, with what undoing it needs: the version or the ids of the reports."""

    kind: str
    pk: int
    mark: Mark


def decide(*, user: User, decision: str, keys: list[str], reason: str, now: datetime) -> tuple[list[Done], list[str]]:
    """Apply one decision to several items, each in its own transaction; returns what was done, and messages about
    refusals."""
    done, refused = [], []
    for key in keys:
        kind, _colon, rest = key.partition(":")
        pk, _colon, seen = rest.partition(":")
        try:
            with transaction.atomic():
                done.append(_decide_one(user, decision, kind, int(pk), seen, reason, now))
        except Refused as refusal:
            refused.append(str(refusal.detail))
    return done, refused


def _decide_one(user: User, decision: str, kind: str, pk: int, seen: str, reason: str, now: datetime) -> Done:
    if kind == POST:
        post = BlogPost.objects.allowed(user, "publish").filter(pk=pk).first()
        if post is None or decision not in POST_DECISIONS:
            raise NotFound(_("This decision cannot be made about an article in review."))
        POST_DECISIONS[decision](post=post, by=user, now=now, seen=seen, **{TEXTS[decision]: reason})
        return Done(kind, pk, post.version)
    complaint = _reports(user).of(kind, pk).first()
    if complaint is None or decision not in ("hide", "dismiss"):
        raise NotFound(_("This decision cannot be made about reported content."))
    ids = list(_reports(user).of(kind, pk).values_list("pk", flat=True))
    if decision == "hide":
        services.uphold(complaint=complaint, reason=reason)
    else:
        services.dismiss(complaint=complaint, reason=reason)
    return Done(kind, pk, ids)


POST_DECISIONS: dict[str, Callable[..., None]] = {
    "approve": services.publish,
    "changes": services.request_changes,
    "reject": services.reject,
}
TEXTS = {"approve": "note", "changes": "reason", "reject": "reason"}


def undo(*, user: User, decision: str, done: list[Done], reason: str) -> tuple[int, list[str]]:
    """Undo what `decide` did; returns the number undone, and messages about refusals."""
    count_, refused = 0, []
    for one in done:
        try:
            with transaction.atomic():
                _undo_one(user, decision, one, reason)
            count_ += 1
        except Refused as refusal:
            refused.append(str(refusal.detail))
    return count_, refused


def _undo_one(user: User, decision: str, one: Done, reason: str) -> None:
    if one.kind == POST:
        post = BlogPost.objects.allowed(user, "publish").filter(pk=one.pk).first()
        if post is None:
            raise ChangedMeanwhile
        services.undecide(post=post, reason=reason, seen=str(one.mark))
        return
    row = TARGETS[one.kind].rows().filter(pk=one.pk).first()
    if decision == "hide" and row is not None:
        services.restore(kind=one.kind, row=row, reason=reason)
    for complaint in Report.objects.allowed(user, "dismiss").filter(pk__in=one.mark):
        complaint.reopen(reason=reason)
