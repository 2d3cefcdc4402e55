"""Imports the models of core's packages, so that Django finds them."""

from shs.core.admin.models import DefaultView, SavedView
from shs.core.api.models import KeptAnswer
from shs.core.backup.models import Backup, Restore
from shs.core.cache import CacheEntry
from shs.core.due.models import JobLease, JobRun
from shs.core.grants.models import ObjectGrant
from shs.core.reads.models import AuditSeal, ReadLog

__all__ = [
    "AuditSeal",
    "Backup",
    "CacheEntry",
    "DefaultView",
    "JobLease",
    "JobRun",
    "KeptAnswer",
    "ObjectGrant",
    "ReadLog",
    "Restore",
    "SavedView",
]
