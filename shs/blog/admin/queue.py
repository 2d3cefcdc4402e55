"""The moderation page: the queue, and decisions on several items at once."""

from collections.abc import Sequence
from typing import TypedDict, cast

from django import forms
from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import Model
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, ngettext_lazy
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from shs.blog import queue
from shs.blog.admin.posts import PostScreen, preview
from shs.blog.admin.reports import page_of
from shs.blog.models import BlogPost, Report
from shs.core.admin.screen import Screen
from shs.core.admin.site import BackOffice
from shs.core.admin.steps import StepData, offered_on
from shs.core.labels import Label
from shs.users.requests import UserRequest

PAGE_SIZE = 25
UNDO_MINUTES = 15
UNDO = "moderation_undo"
KINDS = {
    "": _("All"),
    queue.POST: _("Articles"),
    Report.Kind.BLOG.value: _("Reported articles"),
    Report.Kind.COMMENT.value: _("Comments"),
    Report.Kind.REVIEW.value: _("Reviews"),
    Report.Kind.ANSWER.value: _("Answers"),
}
DECISIONS = {
    "approve": _("Approve articles"),
    "changes": _("Request changes to articles"),
    "reject": _("Reject articles"),
    "hide": _("Hide reported content"),
    "dismiss": _("Dismiss reports"),
}


DECIDED: dict[str, Label] = {
    "approve": ngettext_lazy("%(count)d article approved", "%(count)d articles approved", "count"),
    "changes": ngettext_lazy("Changes requested: %(count)d article", "Changes requested: %(count)d articles", "count"),
    "reject": ngettext_lazy("%(count)d article rejected", "%(count)d articles rejected", "count"),
    "hide": ngettext_lazy("%(count)d item hidden", "%(count)d items hidden", "count"),
    "dismiss": ngettext_lazy("Reports of %(count)d item dismissed", "Reports of %(count)d items dismissed", "count"),
}


class BulkForm(forms.Form):
    """One decision on all selected items."""

    decision = forms.ChoiceField(label=_("Selected items"), choices=DECISIONS, widget=UnfoldAdminSelectWidget)
    reason = forms.CharField(
        label=_("Reason (sent to the authors)"), max_length=500, required=False, widget=UnfoldAdminTextInputWidget
    )
    items = forms.MultipleChoiceField(label=_("Selected"))

    def __init__(self, data: QueryDict | None, *, keys: Sequence[str]) -> None:
        super().__init__(data)
        ticked = cast(forms.MultipleChoiceField, self.fields["items"])
        ticked.choices = [(key, key) for key in keys]

    def clean(self) -> dict[str, object]:
        data = super().clean() or {}
        if data.get("decision") != "approve" and not data.get("reason"):
            self.add_error("reason", _("Enter a reason: it is sent to the authors and kept in the history."))
        return data


def moderation(request: UserRequest) -> HttpResponse:
    """The items waiting for this moderator, oldest first; POST applies a decision to the selected ones."""
    kind = request.GET.get("kind", "")
    heads = queue.heads(request.user)
    page = Paginator([head for head in heads if not kind or head.kind == kind], PAGE_SIZE).get_page(
        request.GET.get("p")
    )
    items = queue.items(page.object_list)
    form = BulkForm(request.POST or None, keys=_posted_keys(request))
    if request.method == "POST" and form.is_valid():
        _decide(request, form.cleaned_data)
        return HttpResponseRedirect(request.get_full_path())
    context = {
        **admin.site.each_context(request),
        "title": _("Moderation"),
        "cards": _cards(request, items),
        "tabs": [(key, label, sum(h.kind == key or not key for h in heads)) for key, label in KINDS.items()],
        "kind": kind,
        "page": page,
        "form": form,
        "ticked": set(request.POST.getlist("items")),
        "undo": _undoable(request),
    }
    return TemplateResponse(request, "admin/blog/moderation.html", context)


@require_POST
def take_back(request: UserRequest) -> HttpResponse:
    """Undo the last decision on several items."""
    last = _undoable(request)
    if last is None:
        messages.error(request, _("There is nothing left to undo."))
        return HttpResponseRedirect(reverse("admin:moderation"))
    del request.session[UNDO]
    done = [queue.Done(*one) for one in last["done"]]
    count, refused = queue.undo(user=request.user, decision=last["decision"], done=done, reason=str(_("undone")))
    if count:
        messages.success(request, ngettext("%d decision undone.", "%d decisions undone.", count) % count)
    for words in refused:
        messages.error(request, words)
    return HttpResponseRedirect(reverse("admin:moderation"))


def _posted_keys(request: UserRequest) -> list[str]:
    """The valid keys of a posted form, `kind:id:version`. The permissions for the rows are checked later."""
    known = []
    for key in request.POST.getlist("items")[:PAGE_SIZE]:
        kind, pk, version = [*key.split(":"), "", ""][:3]
        if kind in KINDS and pk.isascii() and pk.isdigit() and len(pk) < 19 and len(version) < 30:
            known.append(key)
    return known


def _decide(request: UserRequest, data: StepData) -> None:
    done, refused = queue.decide(
        user=request.user,
        decision=data["decision"],
        keys=data["items"],
        reason=data["reason"],
        now=timezone.now(),
    )
    if done:
        request.session[UNDO] = {"decision": data["decision"], "done": done, "at": timezone.now().timestamp()}
        messages.success(request, _told(data["decision"], len(done)))
    for words in refused:
        messages.error(request, words)


def _told(decision: str, count: int) -> str:
    """The result of a decision, such as "2 articles approved"."""
    return str(DECIDED[decision] % {"count": count})


class Undoable(TypedDict):
    """The last decision on several items: the decision, the items (as in queue.Done), its time, and a text about it."""

    decision: str
    done: list[tuple[str, int, queue.Mark]]
    at: float
    label: str


def _undoable(request: UserRequest) -> Undoable | None:
    """The last decision on several items, while it can be undone."""
    last = request.session.get(UNDO)
    if last is None or timezone.now().timestamp() - last["at"] > UNDO_MINUTES * 60:
        return None
    return cast(Undoable, {**last, "label": _told(last["decision"], len(last["done"]))})


def screen_of(model: type[Model]) -> Screen:
    """The screen of a model."""
    return cast(Screen, admin.site.get_model_admin(model))


def _cards(request: UserRequest, items: list[queue.Item]) -> list[dict[str, object]]:
    """The template context of each item."""
    posts, reports = cast(PostScreen, screen_of(BlogPost)), screen_of(Report)
    posts.offer_steps(request, [item.post for item in items if item.post])
    reports.offer_steps(request, [item.complaints[0] for item in items if item.complaints])
    others = queue.others_of(request.user, {item.author.pk for item in items if item.author})
    return [_card(item, posts, reports, others) for item in items]


def _card(item: queue.Item, posts: PostScreen, reports: Screen, others: dict[int, queue.Others]) -> dict[str, object]:
    post, complaint = item.post, item.complaints[0] if item.complaints else None
    screen, record = (posts, post) if post else (reports, complaint)
    steps = [(step, screen.step_url(record, step)) for step in offered_on(record)] if record else []
    html = post.content if post else item.text if item.head.kind == Report.Kind.BLOG else ""
    return {
        "item": item,
        "title": str(item.row) if post or item.row is None else item.context,
        "html": preview(html) if html else "",
        "changes": posts.changes_of(post) if post else None,
        "url": screen.url_of(post) if post else page_of(item.head.kind, item.head.pk),
        "steps": [(step, url) for step, url in steps if step.name not in _needless(item)],
        "others": _linked(others[item.author.pk], item) if item.author else None,
    }


def _needless(item: queue.Item) -> set[str]:
    """Steps that this page does not offer: an article in review is hidden on its own page, and an answer of the
    assistant has no author."""
    if item.post:
        return {"hide", "hide_all"}
    return set() if item.author else {"mute", "hide_all"}


def _linked(entry: queue.Others, item: queue.Item) -> dict[str, object]:
    """Other content of the author, with links, without the item itself."""
    rows = [row for row in entry["rows"] if row != item.row]
    return {
        "count": entry["count"] - 1,
        "rows": [(str(row), row.get_state_display(), screen_of(type(row)).url_of(row)) for row in rows],
    }


office = cast(BackOffice, admin.site)
office.add_page("moderation/", moderation, name="moderation", needs="blog.dismiss_report")
office.add_page("moderation/undo/", take_back, name="moderation_undo", needs="blog.dismiss_report")
