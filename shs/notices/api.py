"""The API of the caller's notices and preferences."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router

from shs.core.api.authentication import requires
from shs.core.api.paging import PageOut, paged
from shs.core.caller import MemberRequest
from shs.notices import services
from shs.notices.letters import language_of
from shs.notices.models import Notice
from shs.notices.schemas import (
    MyNotices,
    NoticeOut,
    ReadOut,
    Report,
    SmsReportOut,
    Wishes,
    WishesOut,
    notice_out,
)
from shs.notices.signature import signed_by_gateway
from shs.notices.sms import reported

router = Router(tags=["Notifications"])
routers = [("/notifications", router)]

caller = requires("notices.receive_notice")


@router.get("/", auth=caller, response=PageOut[NoticeOut])
def notifications(request: MemberRequest, find: Query[MyNotices]) -> PageOut[NoticeOut]:
    """The caller's notices, newest first."""
    rows = Notice.objects.shown_to(request.user, timezone.now()).select_related("user")
    return paged(rows.unread() if find.unread else rows, find, notice_out)


@router.post("/read", auth=caller, response=ReadOut)
def read_all(request: MemberRequest) -> ReadOut:
    """Mark everything as read."""
    return {"marked": services.mark_all_read(user=request.user, now=timezone.now())}


@router.get("/preferences", auth=caller, response=WishesOut)
def preferences(request: MemberRequest) -> WishesOut:
    """The e-mail and SMS preferences of the caller, and the language."""
    return {
        "email": services.preferences(request.user),
        "sms": services.sms_choice(request.user),
        "language": language_of(request.user),
    }


@router.patch("/preferences", auth=caller, response=WishesOut)
def prefer(request: MemberRequest, data: Wishes) -> WishesOut:
    """Turn e-mails on or off by kind, and choose when to be told by SMS, and the language of both. Changes of a visit
    are always sent."""
    email, sms = services.prefer(user=request.user, wanted=data.email), services.sms_choice(request.user)
    if data.sms is not None:
        sms = services.choose_sms(user=request.user, sms=data.sms)
    return {"email": email, "sms": sms, "language": _language(request, data)}


@router.post("/sms/report", auth=signed_by_gateway.limited("sms_report"), response=SmsReportOut)
def sms_report(request: HttpRequest, data: Report) -> SmsReportOut:
    """A delivery report of the SMS gateway. Its header `X-Signature: sha256=…` is the HMAC-SHA256 of the body with
    SMS_REPORT_KEY, in hexadecimal; without it, and as long as no key is set, 401."""
    return {"changed": reported(data.id, is_delivered=data.status == "delivered", at=data.at)}


@router.post("/{id:pk}/read", auth=caller, response=NoticeOut)
def read(request: MemberRequest, pk: int) -> NoticeOut:
    """Mark one notice as read."""
    now = timezone.now()
    row = get_object_or_404(Notice.objects.shown_to(request.user, now).select_related("user"), pk=pk)
    row.mark_read(now=now)
    return notice_out(row)


def _language(request: MemberRequest, data: Wishes) -> str:
    if data.language is not None:
        request.user.speak(data.language)
    return language_of(request.user)
