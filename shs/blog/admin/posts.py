"""The screen for articles: the author's form, and what a reviewer reads."""

from datetime import datetime
from typing import cast

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.forms import ModelForm
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.contrib.forms.widgets import WysiwygWidget
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from shs.blog import queue, services
from shs.blog.admin.authors import HidesWritings
from shs.blog.html import IMAGES, clean, difference, image_keys, is_too_deep, plain_text
from shs.blog.models import BlogPost, PostImage, PostStatus, Report
from shs.core.admin.addresses import page_of
from shs.core.admin.cells import person
from shs.core.admin.changelist import RelatedFilter
from shs.core.admin.moderation import Moderates
from shs.core.admin.rights import FieldSets
from shs.core.admin.screen import Screen
from shs.core.admin.steps import ReasonForm, Step, StepData, StepForm, step
from shs.core.admin.tabs import Tab
from shs.core.context import remember
from shs.core.records.moderation import Visibility
from shs.doctors.models import DoctorInformation
from shs.users.models import User
from shs.users.requests import UserRequest

WITH_AUTHOR = (PostStatus.DRAFT, PostStatus.CHANGES_REQUESTED, PostStatus.REJECTED)


class PostForm(forms.ModelForm):  # type: ignore[type-arg]  # takes none at runtime
    """The form of the author; the rich text is sanitised when it is stored."""

    class Meta:
        widgets = {"content": WysiwygWidget}


class NoteForm(StepForm):
    """An optional message to the author when the article is published."""

    note = forms.CharField(
        label=_("Message to the author (optional)"),
        max_length=500,
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


def preview(html: str) -> SafeString:
    """The text of an article for the admin: sanitised again, with images served by our own view."""
    shown = escape(plain_text(html)) if is_too_deep(html) else clean(html)
    keys = {
        str(image.key): image.pk
        for image in PostImage.objects.unrestricted("those of an article that is shown").filter(
            key__in=image_keys(shown)
        )
    }
    for key, pk in keys.items():
        shown = shown.replace(f"{IMAGES}{key}", reverse("admin:blog_postimage_file", args=(pk,)))
    return mark_safe(shown)  # noqa: S308  (it has just come out of the allow-list)


@admin.register(BlogPost)
class PostScreen(Moderates, HidesWritings, Screen):
    """Articles. Authors write and submit them; moderators review them."""

    form = PostForm
    icon = "article"
    stays_small = "written and reviewed by hand"
    in_quick_search = True
    empty_text = _("Articles written by doctors are listed here.")
    change_form_outer_before_template = "admin/blog/post_panel.html"
    list_display = ["title", "who", "category", "status_label", "since", "next_steps"]
    list_filter = [
        ("status", ChoicesDropdownFilter),
        ("visibility", ChoicesDropdownFilter),
        ("category", RelatedFilter),
    ]
    search_fields = ["title", "author__name"]
    search_help_text = _("Title or author")
    list_select_related = ["author", "category"]
    ordering = ["submitted_at", "pk"]
    fieldsets = [
        (_("Article"), {"fields": ["title", "content", "source", "category", "tags"]}),
        (
            _("Status"),
            {
                "fields": [
                    ("status", "visibility", "views"),
                    ("submitted_at", "published_at"),
                    ("reviewed_by", "reviewed_at"),
                    "review_note",
                ]
            },
        ),
    ]
    add_fieldsets = fieldsets[:1]
    readonly_fields = ["views"]
    tabs = [
        Tab("waiting", _("In review"), lambda user: Q(status=PostStatus.IN_REVIEW)),
        Tab("published", _("Published"), lambda user: Q(status=PostStatus.PUBLISHED)),
        Tab("authors", _("With the author"), lambda user: Q(status__in=WITH_AUTHOR)),
        Tab("hidden", _("Hidden"), lambda user: Q(visibility=Visibility.HIDDEN)),
        Tab("all", _("All"), lambda user: ~Q(pk__in=())),
    ]

    def get_tabs(self, request: UserRequest) -> list[Tab]:
        """Authors start with all their articles, moderators with those to review."""
        return self.tabs if self._may(request, "publish") else [self.tabs[-1], *self.tabs[:-1]]

    def get_queryset(self, request: UserRequest) -> QuerySet[BlogPost]:
        return super().get_queryset(request).defer("search_text")

    def get_fieldsets(self, request: UserRequest, obj: BlogPost | None = None) -> FieldSets:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self._may(request, "change", obj):
            return fieldsets
        # Everybody except the author reads the text in the panel above, not in a form.
        return [(fieldsets[0][0], {"fields": [("category", "tags"), "source"]}), *fieldsets[1:]]

    def has_add_permission(self, request: UserRequest) -> bool:
        """Only doctors who are verified now can write."""
        if not super().has_add_permission(request):
            return False
        doctors = DoctorInformation.objects.allowed(request.user, "practise").listed()
        return remember(("writes", request.user.pk), doctors.exists)

    def render_change_form(
        self,
        request: UserRequest,
        context: dict[str, object],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: BlogPost | None = None,
    ) -> HttpResponse:
        if obj is not None:
            reviews = self._may(request, "publish")
            context |= {
                "post": obj,
                "reading": preview(obj.content),
                "changes": self.changes_of(obj),
                "others": self.others_of(request.user, obj) if reviews else None,
                "reports": Report.objects.allowed(request.user, "view").open().of(Report.Kind.BLOG, obj.pk),
            }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def changes_of(self, post: BlogPost) -> SafeString | None:
        """The differences between the edit and the published text; None if there is no edit."""
        if not post.is_edit:
            return None
        old = f"<p>{post.published_title}</p>{post.published_content}<p>{post.published_source}</p>"
        return difference(old, f"<p>{post.title}</p>{post.content}<p>{post.source}</p>")

    def others_of(self, user: User, post: BlogPost) -> list[tuple[str, str, str]]:
        """Other articles of the author, with links."""
        entry = queue.others_of(user, [post.author.user_id])[post.author.user_id]
        rows = [row for row in entry["rows"] if row != post]
        return [(str(row), row.get_state_display(), page_of(row)) for row in rows]

    def save_model(self, request: UserRequest, obj: BlogPost, form: "ModelForm[BlogPost]", change: bool) -> None:
        """Saved by the services, as in the API."""
        names = ("title", "content", "source", "category")
        if change:
            stored = BlogPost.objects.unrestricted("the row of the form, as stored").get(pk=obj.pk)
            changes = {name: form.cleaned_data[name] for name in names if name in form.changed_data}
            made = services.edit(
                post=stored, user=request.user, changes=cast(services.Changes, changes), now=timezone.now()
            )
        else:
            fields = {name: form.cleaned_data[name] for name in names}
            made = services.write(user=request.user, **fields, now=timezone.now())
        obj.__dict__.update(made.__dict__)

    def step_url(self, record: BlogPost, offered: Step) -> str:
        """Carries the version that the moderator read, so that nobody publishes a text they have not seen."""
        return f"{super().step_url(record, offered)}?seen={record.version}"

    @display(description=_("Author"), header=True, ordering="author__name")
    def who(self, post: BlogPost) -> list[str]:
        cards = post.author.specialty_cards
        return person(post.author.name, cards[0]["name"] if cards else "")

    @display(
        description=_("State"),
        label={"Published": "success", "In review": "info", "Rejected": "danger", "Hidden": "danger"},
    )
    def status_label(self, post: BlogPost) -> str:
        return post.get_state_display()

    @display(description=_("Waiting since / published on"), ordering="submitted_at")
    def since(self, post: BlogPost) -> datetime | None:
        return post.submitted_at if post.status == PostStatus.IN_REVIEW else post.published_at

    @step(
        "submit",
        _("Submit for review"),
        to=PostStatus.IN_REVIEW,
        primary=True,
        text=_(
            "A moderator reviews it before it is published. If you change it meanwhile, its waiting time starts again."
        ),
        done=_("Sent to the moderators."),
        when=lambda post: post.status in (PostStatus.DRAFT, PostStatus.CHANGES_REQUESTED) or post.is_edit,
    )
    def submit(self, request: UserRequest, post: BlogPost, data: StepData) -> None:
        services.send_in(post=post, user=request.user, now=timezone.now())

    @step(
        "publish",
        _("Approve…"),
        to=PostStatus.PUBLISHED,
        form=NoteForm,
        primary=True,
        text=_("Everyone will be able to read it."),
        done=_("Published. The author has been notified."),
    )
    def publish(self, request: UserRequest, post: BlogPost, data: StepData) -> None:
        seen = request.GET.get("seen", "")
        services.publish(post=post, by=request.user, now=timezone.now(), seen=seen, note=data["note"])

    @step(
        "publish",
        _("Request changes…"),
        to=PostStatus.CHANGES_REQUESTED,
        form=ReasonForm,
        text=_(
            "Your message is sent to the author, who can submit the article again. An already "
            "published version stays online."
        ),
        done=_("The author has been asked for changes."),
        in_list=False,
    )
    def request_changes(self, request: UserRequest, post: BlogPost, data: StepData) -> None:
        fields = {"reason": data["reason"], "seen": request.GET.get("seen", ""), "now": timezone.now()}
        services.request_changes(post=post, by=request.user, **fields)

    @step(
        "publish",
        _("Reject…"),
        to=PostStatus.REJECTED,
        form=ReasonForm,
        danger=True,
        text=_("Your message is sent to the author. If this is an edit, the published version stays online."),
        done=_("Rejected. The author has been sent the reason."),
        in_list=False,
    )
    def reject(self, request: UserRequest, post: BlogPost, data: StepData) -> None:
        fields = {"reason": data["reason"], "seen": request.GET.get("seen", ""), "now": timezone.now()}
        services.reject(post=post, by=request.user, **fields)

    def hide_record(self, record: BlogPost, *, reason: str) -> None:
        services.hide(kind=Report.Kind.BLOG, row=record, reason=reason)

    def restore_record(self, record: BlogPost, *, reason: str) -> None:
        services.restore(kind=Report.Kind.BLOG, row=record, reason=reason)

    @step(
        "withdraw",
        _("Withdraw…"),
        keep_label=_("Keep article"),
        to=PostStatus.WITHDRAWN,
        danger=True,
        text=_("It will no longer be visible, and it cannot be submitted again."),
        done=_("Withdrawn."),
        in_list=False,
    )
    def withdraw(self, request: UserRequest, post: BlogPost, data: StepData) -> None:
        services.remove(post=post)

    def author_of(self, post: BlogPost) -> User:
        return post.author.user
