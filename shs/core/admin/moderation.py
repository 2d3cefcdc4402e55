"""Screen mixin to hide and restore what users wrote."""

from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from shs.core.admin.base import ScreenBase
from shs.core.admin.steps import ReasonForm, StepData, step
from shs.core.caller import MemberRequest
from shs.core.records.moderation import Moderated, Visibility


class Moderates(ScreenBase):
    """Mixin for the screen of a Moderated model. `hide_record` and `restore_record` call the app's service, which
    notifies the author."""

    def hide_record(self, record: Moderated, *, reason: str) -> None:
        raise NotImplementedError

    def restore_record(self, record: Moderated, *, reason: str) -> None:
        raise NotImplementedError

    @display(description=_("State"), label={"Shown": "success", "Hidden": "warning"})
    def visibility_label(self, record: Moderated) -> str:
        return record.get_visibility_display()

    @step(
        "hide",
        _("Hide…"),
        to=Visibility.HIDDEN,
        status_field="visibility",
        form=ReasonForm,
        danger=True,
        text=_("It will not be visible until it is restored. The reason is sent to the author."),
        done=_("Hidden. The author has been sent the reason."),
        when=lambda record: record.is_public,
    )
    def hide(self, request: MemberRequest, record: Moderated, data: StepData) -> None:
        self.hide_record(record, reason=data["reason"])

    @step(
        "hide",
        _("Restore…"),
        to=Visibility.SHOWN,
        status_field="visibility",
        form=ReasonForm,
        text=_("Everyone will be able to read it again."),
        done=_("It is visible again."),
    )
    def restore(self, request: MemberRequest, record: Moderated, data: StepData) -> None:
        self.restore_record(record, reason=data["reason"])
