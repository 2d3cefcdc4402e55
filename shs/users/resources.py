"""Columns of people in files."""

from shs.core.admin.resources import Columns
from shs.users.models import User


class UserColumns(Columns):
    """Accounts, for those who may export them; there is no import: accounts are opened one by one."""

    class Meta(Columns.Meta):
        model = User
        fields = ("id", "name", "email", "role", "is_active", "is_verified", "created_at", "last_login")
        export_order = fields
