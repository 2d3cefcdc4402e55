"""The events of a case, newest first: history, checks, claims, messages, documents and who opened them."""

from datetime import datetime
from typing import NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.utils.translation import gettext as _

from shs.core.grants.models import ObjectGrant
from shs.core.reads.models import ReadLog
from shs.core.records.reasons import reason_words
from shs.credentialing.models import DoctorDocument, VerificationCheck
from shs.doctors.models import DoctorInformation
from shs.notices.models import Notice
from shs.users.models import User

SHOWN = 60
"""The most lines of each kind in the timeline."""
CLAIMED = "claimed"
TOLD = ("name", "license_number", "license_expires_on", "education", "experience", "location", "fees")


class Event(NamedTuple):
    """One line of the timeline; `who` is None if no user was logged in."""

    at: datetime
    who: User | None
    what: str
    detail: str = ""


def events(doctor: DoctorInformation) -> list[Event]:
    """The timeline of a doctor's case."""
    found = [*_changes(doctor), *_checks(doctor), *_claims(doctor), *_documents(doctor), *_mails(doctor)]
    return sorted(found, key=lambda event: event.at, reverse=True)


def _changes(doctor: DoctorInformation) -> list[Event]:
    """Steps, changes of the profile, and the messages that went with them."""
    lines = list(doctor.history.select_related("history_user")[: SHOWN + 1])
    found = []
    for line, before in zip(lines, [*lines[1:], None], strict=True):
        told = bool(line.verification_note) and (before is None or before.decided_at != line.decided_at)
        if before is None or before.verification_status != line.verification_status:
            if line.history_change_reason == CLAIMED:
                continue  # the claim has a line of its own
            reason = "" if told else reason_words(line.history_change_reason)
            found.append(Event(line.history_date, line.history_user, line.get_verification_status_display(), reason))
        elif changed := [line._meta.get_field(name).verbose_name for name in TOLD if _differs(line, before, name)]:
            detail = ", ".join(str(name) for name in changed)
            found.append(Event(line.history_date, line.history_user, _("Profile changed"), detail))
        if told:
            found.append(
                Event(line.history_date, line.history_user, _("Message to the doctor"), line.verification_note)
            )
    return found[: SHOWN * 2]


def _differs(line: object, before: object, name: str) -> bool:
    return bool(getattr(line, name) != getattr(before, name))


def _checks(doctor: DoctorInformation) -> list[Event]:
    lines = VerificationCheck.history.filter(doctor=doctor.pk).select_related("history_user")
    found = []
    for line in lines.order_by("-history_date")[:SHOWN]:
        what, detail = _words_of(line)
        found.append(Event(line.history_date, line.history_user, what, detail))
    return found


def _words_of(line: VerificationCheck) -> tuple[str, str]:
    """The text of a check's history line."""
    kind = line.get_kind_display()
    if not line.is_current:
        return _("%(check)s: must be checked again") % {"check": kind}, ""
    if line.overridden_by_id:
        return _("%(check)s: overridden") % {"check": kind}, f"{line.override_reason} + {line.second_reason}"
    if line.override_asked_by_id:
        return _("%(check)s: override requested") % {"check": kind}, line.override_reason
    source = f"{line.source}: {line.registered_name}" if line.source else ""
    detail = " · ".join(part for part in (line.note, source) if part)
    return f"{kind}: {line.get_result_display()}", detail


def _claims(doctor: DoctorInformation) -> list[Event]:
    kind = ContentType.objects.get_for_model(DoctorInformation)
    lines = ObjectGrant.history.filter(
        content_type=kind, object_pk=str(doctor.pk), source=ObjectGrant.Source.CLAIM
    ).exclude(history_type="~", reason="renewed by work")
    words = {"+": _("Case claimed"), "~": _("Case claimed"), "-": _("Claim ended")}
    rows = lines.select_related("user").order_by("-history_date")[:SHOWN]
    return [Event(line.history_date, line.user, words[line.history_type]) for line in rows]


def _documents(doctor: DoctorInformation) -> list[Event]:
    """Uploads of documents, which an officer may have made for the doctor, and who opened them."""
    names = {row.pk: row.get_kind_display() for row in doctor.documents.all()}
    added = DoctorDocument.history.filter(id__in=names, history_type="+").select_related("history_user")
    sent = [
        Event(
            line.history_date,
            line.history_user,
            _("Document sent"),
            f"{line.get_kind_display()} · {line.original_name}",
        )
        for line in added
    ]
    reads = ReadLog.objects.filter(Q(what="doctor document"), subject=doctor.user_id).exclude(reader=doctor.user_id)
    return sent + [
        Event(line.at, line.reader, _("Document opened"), ", ".join(str(names.get(pk, pk)) for pk in line.ids))
        for line in reads.select_related("reader").order_by("-at")[:SHOWN]
    ]


def _mails(doctor: DoctorInformation) -> list[Event]:
    """Notices to the doctor about the case, and whether they were sent."""
    rows = Notice.objects.filter(about=f"doctor:{doctor.pk}", user=doctor.user_id).order_by("-due_at")[:SHOWN]
    return [
        Event(
            row.sent_at or row.due_at,
            None,
            _("E-mail: %(kind)s") % {"kind": row.get_kind_display()},
            row.get_state_display(),
        )
        for row in rows
    ]
