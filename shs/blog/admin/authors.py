"""What the moderation screens share: actions on the author."""

from collections.abc import Callable

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from shs.blog import services
from shs.core.admin.steps import ReasonForm, Step, StepData, step
from shs.users.models import User
from shs.users.requests import UserRequest


class HidesWritings:
    """For a screen of user content: `author_of(record)` returns the author, whose content can all be hidden in one
    step."""

    author_of: Callable[[Model], User]

    @classmethod
    def steps(cls) -> dict[str, Step]:
        """The step with the widest effect comes last."""
        found = super().steps()
        found["hide_all"] = found.pop("hide_all")
        return found

    @step(
        "hide",
        _("Hide all by this author…"),
        form=ReasonForm,
        danger=True,
        text=_("Hides everything this person has written: articles, comments and reviews. The reason is sent to them."),
        done=_("Everything this author wrote is now hidden."),
        in_list=False,
    )
    def hide_all(self, request: UserRequest, record: Model, data: StepData) -> None:
        services.hide_writings(author=self.author_of(record), reason=data["reason"])
