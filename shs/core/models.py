"""Imports the models of core's packages, so that Django finds them."""

from shs.core.admin.models import DefaultView, SavedView
from shs.core.api.models import KeptAnswer
from shs.core.backup.models import Backup, Restore
from shs.core.cache import CacheEntry
from shs.core.due.models import JobLease, JobRun
from shs.core.grants.models import GroupShare, ObjectGrant, UserShare
from shs.core.limits.models import LimitCount
from shs.core.reads.models import AuditSeal, ReadLog
from shs.core.records.merge import Merge

__all__ = [
    "AuditSeal",
    "Backup",
    "CacheEntry",
    "DefaultView",
    "GroupShare",
    "JobLease",
    "JobRun",
    "KeptAnswer",
    "LimitCount",
    "Merge",
    "ObjectGrant",
    "ReadLog",
    "Restore",
    "SavedView",
    "UserShare",
]
