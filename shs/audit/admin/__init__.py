"""Screens of the audit: the read log, access grants, and every change."""

from shs.audit.admin.changes import changes_page
from shs.audit.admin.grants import ObjectGrantScreen
from shs.audit.admin.read_log import ReadLogScreen

__all__ = ["ObjectGrantScreen", "ReadLogScreen", "changes_page"]
