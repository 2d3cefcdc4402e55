"""Export of accounts."""

from shs.core.admin.resources import Columns
from shs.users.models import User


class UserColumns(Columns):
    """Accounts, export only: accounts are created one by one."""

    class Meta:
        model = User
        fields = ("id", "name", "email", "role", "is_active", "is_verified", "created_at", "last_login")
        export_order = fields
