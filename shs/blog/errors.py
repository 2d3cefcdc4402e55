"""Refusals of this app."""

from django.utils.translation import gettext_lazy as _

from shs.core.errors import Forbidden, Refused


class NotVerified(Forbidden):
    """Only verified doctors can write and change articles."""

    code = "not_verified"
    title = _("Only verified doctors write articles")


class AuthorNotVerified(Refused):
    """The author has lost the verification since the article was submitted."""

    code = "author_not_verified"
    title = _("The author is no longer verified, so the article cannot be published")


class ChangedMeanwhile(Refused):
    """The author has changed the article since the reviewer opened it."""

    code = "changed_meanwhile"
    title = _("The author has changed the article since you opened it: please read it again")


class AlreadyReported(Refused):
    """A user can report an item only once."""

    code = "already_reported"
    title = _("You have already reported this")
