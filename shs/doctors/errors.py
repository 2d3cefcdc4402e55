"""Refusals of this app."""

from django.utils.translation import gettext_lazy as _

from shs.core.errors import Refused
from shs.users.errors import EmailTaken
from shs.users.models import User


class AlreadyClaimed(Refused):
    """Another reviewer holds the case."""

    code = "already_claimed"
    title = _("Somebody else has claimed this case")


class OwnCase(Refused):
    """A doctor may not verify themselves."""

    status = 403
    code = "own_case"
    title = _("You cannot decide your own application")


class OpenedCase(Refused):
    """Who has opened a doctor's account may not verify them."""

    status = 403
    code = "opened_case"
    title = _("You have opened this doctor's account: another officer has to verify them")


class ProfileExists(Refused):
    """The account already has a doctor profile."""

    code = "profile_exists"
    title = _("You already have a doctor's profile")


class NotYetADoctor(EmailTaken):
    """The address has the account of a patient, whose owner has not agreed that it becomes a doctor's."""

    def __init__(self, *, owner: User) -> None:
        self.owner = owner
        super().__init__(
            _(
                "This address has a patient's account. Its owner was sent a mail with a link, by which they agree that "
                "it becomes a doctor's. Leave this page open: once they have agreed, save it again. Or enter another "
                "address of the doctor."
            ),
            field="email",
        )


class LicenceTaken(Refused):
    """The licence number belongs to another doctor."""

    code = "licence_taken"
    title = _("There is already a doctor with this licence number")


class AlreadyReviewed(Refused):
    """The patient has reviewed this doctor already; the review can be edited."""

    code = "already_reviewed"
    title = _("You have already reviewed this doctor")


class ReviewClosed(Refused):
    """A review can be edited only for some days, so that the doctor's reply keeps its meaning."""

    code = "review_closed"
    title = _("This review can no longer be changed")


class ReviewHidden(Refused):
    """A moderator has hidden the review; deleting it and writing another would undo that."""

    code = "review_hidden"
    title = _("A moderator has hidden this review")


class AlreadyAnswered(Refused):
    """The doctor has replied to the review already."""

    code = "already_answered"
    title = _("This review has been answered already")
