"""The API of the owners of two accounts of one person: they agree that the two become one, or decline."""

from datetime import datetime

from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router, Status
from typing_extensions import TypedDict

from shs.core.api.authentication import requires
from shs.core.names import initials
from shs.users import merges
from shs.users.models import PersonMerge, User
from shs.users.requests import UserRequest

router = Router(tags=["Patients"])
may_agree = requires("users.agree_personmerge")


class AccountMergeOut(TypedDict):
    """A request of the clinic to make two accounts one. `patient_number` is the caller's, `other_number` and
    `other_initials` are of the other account, `kept_number` is the one that stays with its login."""

    id: int
    patient_number: str
    other_number: str
    other_initials: str
    kept_number: str
    asked_at: datetime
    agreed_at: datetime | None
    other_agreed: bool


def merge_out(row: PersonMerge, caller: User) -> AccountMergeOut:
    """Convert a request, read with its two people, into an answer for one of them."""
    is_kept = row.kept_id == caller.pk
    mine, other = (row.kept, row.dropped) if is_kept else (row.dropped, row.kept)
    times = (row.kept_agreed_at, row.dropped_agreed_at) if is_kept else (row.dropped_agreed_at, row.kept_agreed_at)
    return {
        "id": row.pk,
        "patient_number": mine.patient_number,
        "other_number": other.patient_number,
        "other_initials": initials(other.name),
        "kept_number": row.kept.patient_number,
        "asked_at": timezone.localtime(row.asked_at),
        "agreed_at": timezone.localtime(times[0]) if times[0] else None,
        "other_agreed": times[1] is not None,
    }


@router.get("/merges", auth=may_agree, response=list[AccountMergeOut])
def account_merges(request: UserRequest) -> list[AccountMergeOut]:
    """What waits for the caller's agreement: two accounts of one person are made one only if both owners agree."""
    rows = PersonMerge.objects.allowed(request.user, "agree").select_related("kept", "dropped").order_by("-pk")
    return [merge_out(row, request.user) for row in rows[:20]]


@router.post("/merges/{id:pk}/agree", auth=may_agree, response=AccountMergeOut)
def agree_to_merge(request: UserRequest, pk: int) -> AccountMergeOut:
    """Agree that this account and the other one become one. Somebody at the clinic still has to confirm it."""
    return merge_out(merges.agree(request=_mine(request.user, pk), by=request.user, now=timezone.now()), request.user)


@router.post("/merges/{id:pk}/decline", auth=may_agree, response={204: None})
def decline_merge(request: UserRequest, pk: int) -> Status[None]:
    """Decline: the two accounts stay two."""
    row = _mine(request.user, pk)
    merges.decline(request=row, by=request.user, reason="declined by an owner", now=timezone.now())
    return Status(204, None)


def _mine(user: User, pk: int) -> PersonMerge:
    return get_object_or_404(PersonMerge.objects.allowed(user, "agree").select_related("kept", "dropped"), pk=pk)
