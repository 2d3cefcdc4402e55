"""Screens for people."""

from django.contrib import admin
from django.contrib.auth.models import Group

from shs.core.admin import Screen

admin.site.unregister(Group)


@admin.register(Group)
class GroupScreen(Screen):
    list_display = ["name"]
    fields = ["name"]
