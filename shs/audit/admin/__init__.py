"""Screens of the audit: the read log, access grants, and every change."""

from shs.audit.admin.changes import changes_page
from shs.audit.admin.grants import GroupShareScreen, ObjectGrantScreen, UserShareScreen
from shs.audit.admin.read_log import ReadLogScreen
from shs.audit.admin.undoing import undoing_page

__all__ = ["GroupShareScreen", "ObjectGrantScreen", "ReadLogScreen", "UserShareScreen", "changes_page", "undoing_page"]
