"""The card of a patient: name, number and the number as a QR code, which a scanner types at the desk; and the code with
which the patient opens their account in the app."""

import segno
from django.db.models import Model
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from shs.core.admin.cells import link_to
from shs.core.admin.links import may_open
from shs.core.admin.pages import Page
from shs.core.admin.steps import ReasonForm, StepData, step
from shs.users import cards
from shs.users.models import User
from shs.users.requests import UserRequest

PAPERS = ("card", "slip")
"""A6, and the roll of 80 mm of a printer of receipts."""


class CardPages:
    """For the screen of users: the page that prints a patient's card, and the step that replaces its code."""

    pages = [Page("<path:object_id>/card/", "card_page", "card", needs="view")]

    @step(
        "card",
        _("New code for the card…"),
        form=ReasonForm,
        text=_("For a lost card. Cards and slips that were printed before no longer open the account in the app."),
        done=_("The card has a new code. Print it again."),
        in_list=False,
        when=lambda user: user.may_use_phone,
    )
    def replace_card(self, request: UserRequest, user: User, data: StepData) -> None:
        cards.replace(person=user, reason=data["reason"])

    def card_page(self, request: UserRequest, person: User) -> HttpResponse:
        """The card on A6, or with `?paper=slip` on 80 mm."""
        return card_answer(request, person, paper="card")


def with_card_link(person: User) -> str:
    """The patient number, with a link to the card for those who may print its code."""
    if not (person.may_use_phone and may_open(person, "card")):
        return person.patient_number
    card = link_to(reverse("admin:users_user_card", args=(person.pk,)), _("Print card"))
    return format_html("{} · {}", person.patient_number, card)


def card_answer(
    request: UserRequest, person: User, *, paper: str, visit: Model | None = None, queue_url: str = ""
) -> HttpResponse:
    """The page that prints a card of `person`, with the lines of a `visit` if there is one, and the address of its
    queue; on `paper`, unless the request asks for another one."""
    asked = request.GET.get("paper", paper)
    may_see_code = person.may_use_phone and request.user.has_perm("users.card_user", person)
    context = {
        "person": person,
        "visit": visit,
        "paper": asked if asked in PAPERS else paper,
        "today": timezone.localdate(),
        "back": reverse("admin:desk"),
        "app_code": cards.card_of(person, shown_to=request.user).shown if may_see_code else "",
        "code": _squares(person.patient_number),
        "queue_url": queue_url,
        "queue_code": _squares(queue_url) if queue_url else "",
    }
    return TemplateResponse(request, "admin/users/card.html", context)


def _squares(text: str) -> SafeString:
    """A QR code: an SVG of squares, made of digits alone."""
    return mark_safe(segno.make_qr(text, error="m").svg_inline(omitsize=True, border=4))  # noqa: S308
