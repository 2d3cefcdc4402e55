"""The screens for categories, tags and images."""

from collections.abc import Mapping, Sequence

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from shs.blog.models import Category, PostImage, Tag
from shs.core.admin.pages import Page
from shs.core.admin.removal import MergePages
from shs.core.admin.screen import Screen
from shs.core.records.files import FileResponse, file_answer
from shs.users.requests import UserRequest


@admin.register(Category)
class CategoryScreen(MergePages, Screen):
    """Categories of articles."""

    icon = "folder"
    stays_small = "a catalogue"
    list_display = ["name", "slug"]
    search_fields = ["name"]
    ordering = ["name"]
    fieldsets = [(None, {"fields": [("name", "slug")]})]
    prepopulated_fields = {"slug": ["name"]}

    def get_prepopulated_fields(self, request: UserRequest, obj: Category | None = None) -> Mapping[str, Sequence[str]]:
        """Prefilled from the name, if the name can be edited."""
        return self.prepopulated_fields if obj is None and self.has_add_permission(request) else {}


@admin.register(Tag)
class TagScreen(CategoryScreen):
    """Tags of articles."""

    icon = "label"
    empty_text = _("Tags that doctors give their articles are listed here.")


@admin.register(PostImage)
class ImageScreen(Screen):
    """Images of articles."""

    icon = "image"
    empty_text = _("Images that doctors upload for their articles are listed here.")
    list_display = ["created_at", "author", "content_type", "size"]
    list_select_related = ["author"]
    ordering = ["-pk"]
    fieldsets = [(None, {"fields": [("author", "created_at"), ("content_type", "size"), "shown"]})]
    readonly_fields = ["created_at", "shown"]
    pages = [Page("<path:object_id>/file/", "file_view", "file", needs="view")]

    def file_view(self, request: UserRequest, image: PostImage) -> FileResponse:
        """The image."""
        return file_answer(image.file, image.content_type)

    @display(description=_("Image"))
    def shown(self, image: PostImage) -> SafeString:
        url = reverse("admin:blog_postimage_file", args=(image.pk,))
        return format_html('<img class="shs-document" src="{}" alt="{}">', url, image)
