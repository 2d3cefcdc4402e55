"""The screens for categories, tags and images."""

from collections.abc import Mapping, Sequence

from django.contrib import admin
from django.http import FileResponse, Http404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from shs.blog.models import Category, PostImage, Tag
from shs.core.admin.screen import Screen
from shs.users.requests import UserRequest


@admin.register(Category)
class CategoryScreen(Screen):
    """Categories of articles."""

    icon = "folder"
    list_display = ["name", "slug"]
    search_fields = ["name"]
    ordering = ["name"]
    fieldsets = [(None, {"fields": [("name", "slug")]})]
    prepopulated_fields = {"slug": ["name"]}

    def get_prepopulated_fields(self, request: UserRequest, obj: Category | None = None) -> Mapping[str, Sequence[str]]:
        """Only where the name can be typed."""
        return self.prepopulated_fields if obj is None and self.has_add_permission(request) else {}


@admin.register(Tag)
class TagScreen(CategoryScreen):
    """Tags of articles."""

    icon = "label"
    empty_text = _("Doctors tag their articles; the tags are listed here.")


@admin.register(PostImage)
class ImageScreen(Screen):
    """Images of articles."""

    icon = "image"
    empty_text = _("Images that doctors send for their articles are listed here.")
    list_display = ["created_at", "author", "content_type", "size"]
    list_select_related = ["author"]
    ordering = ["-pk"]
    fieldsets = [(None, {"fields": [("author", "created_at"), ("content_type", "size"), "shown"]})]
    readonly_fields = ["created_at", "shown"]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.file_view)
        return [path("<path:object_id>/file/", view, name="blog_postimage_file"), *super().get_urls()]

    def file_view(self, request: UserRequest, object_id: str) -> FileResponse:
        """The image; 404 for one that is not visible."""
        image = self.get_object(request, object_id)
        if image is None:
            raise Http404
        answer = FileResponse(image.file.open("rb"), content_type=image.content_type)
        answer["X-Content-Type-Options"] = "nosniff"
        return answer

    @display(description=_("Image"))
    def shown(self, image: PostImage) -> SafeString:
        url = reverse("admin:blog_postimage_file", args=(image.pk,))
        return format_html('<img class="shs-document" src="{}" alt="{}">', url, image)
