"""Duties that the clinic makes: to make, change and confirm them, and who would gain and lose what."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from shs.core.context import forget
from shs.core.errors import Forbidden, Invalid, StepRefused
from shs.core.grants.offered import ALL, breadth_words, rights_of_line, split, touches
from shs.core.grants.words import spoken, spoken_rows
from shs.core.records.transitions import lock, save_with_reason
from shs.core.records.values import tidy
from shs.notices.kinds import Kind
from shs.notices.services import notice, notify
from shs.users.models import Duty, DutyChange, MadeDuty, Rights, User

MOST_PEOPLE = 50
"""How many people a preview names; of others only the number is told."""

Difference = tuple[str, str, str]
"""A right, and the name of its rows before and after; empty if it was not, or no longer is, given."""


class Effect(NamedTuple):
    """What one person would gain and lose: pairs of a right and the name of its rows."""

    person: User
    gains: list[tuple[str, str]]
    loses: list[tuple[str, str]]


# --- What differs, and for whom --------------------------------------------------------------------------------------


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[Difference]:
    """The rights that differ, in the order of their names."""
    rights = sorted({*before, *after})
    return [
        (right, before.get(right, ""), after.get(right, ""))
        for right in rights
        if before.get(right, "") != after.get(right, "")
    ]


def touched_by(rights: Iterable[str]) -> list[str]:
    """What these rights touch so that a second admin has to confirm: charts, accounts, audit; empty if nothing."""
    models = [split(right)[0] for right in rights]
    found = [touches(model) for model in models if model is not None]
    return sorted({str(what) for what in found if what})


def takes_two(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """What a change from these rights to those touches; empty if one admin may make it."""
    return touched_by(right for right, _was, _then in differences(before, after))


def holders(duty: MadeDuty) -> int:
    """How many people have the duty."""
    return User.objects.filter(groups=duty.group_id).count()


def effects(duty: MadeDuty | None, after: Mapping[str, str]) -> tuple[list[Effect], int]:
    """Who would gain and lose what with the rights `after` of `duty`: at most MOST_PEOPLE of those who have it, and how
    many have it in all. What somebody holds by another duty is neither gained nor lost. Three queries."""
    if duty is None:
        return [], 0
    people = User.objects.filter(groups=duty.group_id, role="staff", is_active=True).order_by("name", "pk")
    found = list(people.prefetch_related("groups")[:MOST_PEOPLE])
    made = {one.group_id: one.rights for one in MadeDuty.objects.filter(group__user__in=found).distinct()}
    changed = differences(duty.rights, after)
    shown = []
    for person in found:
        kept = _held({group.pk: group.name for group in person.groups.all() if group.pk != duty.group_id}, made)
        shown.append(_effect(person, changed, kept))
    return shown, people.count() if len(found) == MOST_PEOPLE else len(found)


def _held(groups: Mapping[int, str], made: Mapping[int, Rights]) -> set[tuple[str, str]]:
    """The rights of duties, with the names of their rows."""
    return {
        pair
        for pk, name in groups.items()
        for pair in (rights_of_line(name) if name in Duty.values else made.get(pk, {})).items()
    }


def _effect(person: User, changed: Iterable[Difference], kept: set[tuple[str, str]]) -> Effect:
    gains, loses = [], []
    for right, was, then in changed:
        if (right, ALL.key) in kept:
            continue
        if then and was != ALL.key and (right, then) not in kept:
            gains.append((right, then))
        if was and then != ALL.key and (right, was) not in kept:
            loses.append((right, was))
    return Effect(person, gains, loses)


# --- Making and changing ---------------------------------------------------------------------------------------------


def save(
    *, duty: MadeDuty | None, name: str, rights: Rights, seen: str, reason: str, by: User, now: datetime
) -> MadeDuty | DutyChange:
    """Give `duty` a name and rights, or make a duty (None), and return it; what touches charts, accounts or audit
    becomes a request, which is returned, and changes nothing until another admin confirms it. `seen` is the duty's
    `seen` when the form was opened. Raises Invalid (422) for values that are refused, StepRefused (409) if the duty has
    changed since, is archived, or a change of it waits."""
    with transaction.atomic():
        request = _prepared(duty, name, rights, seen)
        request.reason, request.asked_by, request.asked_at = reason, by, now
        _require_valid(request)
        if not takes_two(request.before, rights):
            return _store(request, reason)
        request.save()
        _tell(request, User.objects.admins().exclude(pk=by.pk))
    return request


def check(*, duty: MadeDuty | None, name: str, rights: Rights, seen: str) -> None:
    """Raises as `save`, and changes nothing."""
    with transaction.atomic():
        _require_valid(_prepared(duty, name, rights, seen), "reason", "asked_at")


def _prepared(duty: MadeDuty | None, name: str, rights: Rights, seen: str) -> DutyChange:
    """The request, unsaved; the duty is locked."""
    before = _locked(duty, seen)
    request = DutyChange(duty=duty, name=tidy(name), rights=rights, before=before)
    if duty is not None and (duty.name, duty.rights) == (request.name, rights):
        raise Invalid(_("Nothing has changed."), field="name")
    return request


def _locked(duty: MadeDuty | None, seen: str) -> Rights:
    """Lock the duty, and return its rights."""
    if duty is None:
        return {}
    lock(duty)
    if duty.seen != seen:
        raise StepRefused(_("Somebody else has changed this duty since you opened it. Open it again."))
    if duty.is_archived:
        raise StepRefused(_("This duty is archived. Unarchive it first."))
    if DutyChange.objects.waiting().filter(duty=duty).exists():
        raise StepRefused(_("A change of this duty waits for a second admin already."))
    rights: Rights = duty.rights
    return rights


def _require_valid(request: DutyChange, *later: str) -> None:
    """Raises Invalid (422) with the first fault; the fields `later` are not filled yet."""
    try:
        request.full_clean(exclude=["duty", "asked_by", *later])
    except ValidationError as error:
        field, (text, *_more) = next(iter(error.message_dict.items()))
        raise Invalid(text, field=field) from None
    taken = MadeDuty.objects.filter(name__iexact=request.name).exclude(pk=request.duty_id).exists()
    if taken or Group.objects.filter(name__iexact=request.name).exclude(made=request.duty_id).exists():
        raise Invalid(_("There is already a duty with this name."), field="name")


def _store(request: DutyChange, reason: str) -> MadeDuty:
    """Make what a request asks for. The group has the name of the duty, by which others refer to it."""
    duty = request.duty
    if duty is None:
        duty = MadeDuty(group=Group.objects.create(name=request.name), name=request.name, rights=request.rights)
    elif duty.name != request.name:
        duty.group.name = request.name
        duty.group.save(update_fields=["name"])
    duty.name, duty.rights = request.name, request.rights
    save_with_reason(duty, reason)
    forget()
    return duty


# --- Deciding --------------------------------------------------------------------------------------------------------


def confirm(*, request: DutyChange, by: User, now: datetime) -> None:
    """Confirm a request as the second admin, and do it. Raises StepRefused (409) if the one who asked is no longer an
    admin, or the duty has changed since; and as `DutyChange.confirm`."""
    with transaction.atomic():
        request.confirm(by=by, now=now)
        _carry_out(request, by)


def confirm_alone(*, request: DutyChange, by: User, now: datetime) -> None:
    """Confirm one's own request where there is no other admin, 24 hours after it was made; auditors are told. Raises as
    `confirm` and `DutyChange.confirm_alone`."""
    with transaction.atomic():
        request.confirm_alone(by=by, now=now)
        _carry_out(request, by)
        _tell(request, User.objects.auditors(), is_alone=True)


def _carry_out(request: DutyChange, by: User) -> None:
    asked_by = request.asked_by
    if not (asked_by.is_active and asked_by.is_admin):
        raise Forbidden(_("%(name)s, who asked for it, is no longer an admin.") % {"name": asked_by})
    if request.duty is not None:
        lock(request.duty)
        if request.duty.rights != request.before or request.duty.is_archived:
            raise StepRefused(_("This duty has changed since. Decline the request; it can be made again."))
    _require_valid(request)
    who = f"asked by {asked_by}, confirmed by {by}" if by != asked_by else f"by {by} alone"
    duty = _store(request, f"{request.reason} ({who})")
    if request.duty is None:
        request.duty = duty
        save_with_reason(request, "")


def _tell(request: DutyChange, readers: Iterable[User], *, is_alone: bool = False) -> None:
    data = {"request": "duty", "person": request.name, "asked_by": request.asked_by.name, "is_alone": is_alone}
    about = f"duty_change:{request.pk}"
    notify(*(notice(to=reader, kind=Kind.ADMIN_REQUEST, data=data, about=about) for reader in readers))


# --- In words --------------------------------------------------------------------------------------------------------


def _sorted(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[list[str], list[str], list[str]]:
    """The differences in words: what is given, what no longer is, and what is on other rows."""
    gives, takes, moves = [], [], []
    for right, was, then in differences(before, after):
        if not was:
            gives.append(spoken_rows(right, then))
        elif not then:
            takes.append(spoken_rows(right, was))
        else:
            rows = {"right": spoken(right), "was": breadth_words(was), "then": breadth_words(then)}
            moves.append(_("%(right)s: %(was)s → %(then)s") % rows)
    return gives, takes, moves


def told(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """The difference in sentences, one for each right."""
    gives, takes, moves = _sorted(before, after)
    given = [_("Gives: %(right)s") % {"right": right} for right in gives]
    return [*given, *(_("No longer gives: %(right)s") % {"right": right} for right in takes), *moves]


def told_shortly(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """As `told`, one sentence for all that is given, and one for all that no longer is."""
    gives, takes, moves = _sorted(before, after)
    given = [_("Gives: %(right)s") % {"right": "; ".join(gives)}] if gives else []
    taken = [_("No longer gives: %(right)s") % {"right": "; ".join(takes)}] if takes else []
    return [*given, *taken, *moves]
