"""What the moderators' screens share about the people who write."""

from collections.abc import Callable
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from shs.blog import services
from shs.core.admin.steps import ReasonForm, Step, StepData, step
from shs.users.requests import UserRequest


class HidesWritings:
    """For a screen of what somebody wrote: `author_of(record)` says who. All of theirs can be hidden together."""

    author_of: Callable[[Any], Any]

    @classmethod
    def steps(cls) -> dict[str, Step]:
        """The widest step stands last."""
        found = super().steps()
        found["hide_all"] = found.pop("hide_all")
        return found

    @step(
        "hide",
        _("Hide all by this author…"),
        form=ReasonForm,
        danger=True,
        text=_("All that this person wrote is hidden: articles, comments and reviews. They are sent the reason."),
        done=_("Everything that they wrote is hidden."),
        in_list=False,
    )
    def hide_all(self, request: UserRequest, record: Model, data: StepData) -> None:
        services.hide_writings(author=self.author_of(record), reason=data["reason"])
