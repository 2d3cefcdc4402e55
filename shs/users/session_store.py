"""Django's sessions in the database; the user of a session and their rights are read together with it, because every
page needs all of it."""

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import OuterRef
from django.utils import timezone

from shs.core.context import remember
from shs.core.grants.held import gathered_rights, remember_rights
from shs.core.queries import KeptQuery, instance
from shs.users.models import User

USER = "office_session__user__"
COLUMNS = [field.attname for field in User._meta.concrete_fields]
RIGHTS = gathered_rights(OuterRef("office_session__user"))
WITH_USER = KeptQuery(
    lambda key, now: Session.objects.filter(session_key=key, expire_date__gt=now).annotate(**RIGHTS),
    ("session_data", *RIGHTS, *(f"{USER}{column}" for column in COLUMNS)),
)


def read_with_session(user: int) -> str:
    """The key by which a request remembers the user that it has read together with the session."""
    return f"user of the session: {user}"


class SessionStore(db.SessionStore):
    """A login that has opened a page (`OfficeSession`) is one query with its user, any other session one without."""

    def load(self) -> dict[str, object]:
        key = self.session_key
        row = WITH_USER.first(key=key, now=timezone.now()) if key else None
        if row is None:
            self._session_key = None
            return {}
        data: dict[str, object] = self.decode(row.pop("session_data"))
        rights = {name: row.pop(name) for name in RIGHTS}
        user = {name.removeprefix(USER): value for name, value in row.items()}
        if user["id"] is not None:
            remember(read_with_session(user["id"]), lambda: instance(User, user))
            remember_rights(user["id"], rights)
        return data
