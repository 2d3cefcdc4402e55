"""What a letter of a visit begins with: what its note, its prescription and the chart say."""

from datetime import datetime
from typing import NamedTuple

from shs.appointment.models import Appointment
from shs.core.dates import show_date
from shs.core.paper.content import joined
from shs.core.reads.models import ReadLog
from shs.medical_record.consultation import Glance, glance
from shs.medical_record.models import PARTS, VisitDraft, VisitNote
from shs.medical_record.notes import latest_note, note_of
from shs.medical_record.services import Extent
from shs.prescription.models import Prescription, Status
from shs.prescription.models.lines import LineContent, printed_name
from shs.prescription.running import running
from shs.users.models import User


class Known(NamedTuple):
    """Texts by the keys of PARTS of letters; medicines and the next visit (YYYY-MM-DD) as they were prescribed. `ids`:
    the entries of the chart that were read."""

    texts: dict[str, str]
    lines: list[LineContent]
    follow_up: str
    ids: list[int]


def is_confidential(visit: Appointment) -> bool:
    """Whether what was written in the visit is confidential from guardians: then its letters are, too."""
    note, issued = latest_note(visit), _issued(visit)
    if note is None:
        draft = VisitDraft.objects.filter(visit=visit).first()
        said = draft is not None and note_of(draft.content).is_confidential
        return said or bool(issued and issued.is_confidential)
    return note.is_confidential or bool(issued and issued.is_confidential)


def known_of(visit: Appointment, by: User, extent: Extent, now: datetime) -> Known:
    """What is known at `now`, for the doctor `by`, to whom `extent` is open. What is confidential is only in letters
    that are so themselves: guardians read the others."""
    issued, hides = _issued(visit), not is_confidential(visit)
    seen = extent._replace(basis=ReadLog.Basis.GUARDIAN) if hides else extent
    shown = glance(visit.patient, seen, now)
    texts = {**_of_note(visit, by), **_of_chart(shown)}
    texts["medicines"] = "\n".join(_medicines(visit, by, shown, now, hides=hides))
    texts["diagnosis"] = texts.get("assessment", "")
    if issued is not None:
        tests = [joined([test.name, test.instructions], ": ") for test in issued.tests.all()]
        texts |= {"tests": "\n".join(tests), "advice": issued.advice}
    lines = [line.content() for line in issued.lines.all()] if issued else []
    day = issued.follow_up_date if issued else None
    return Known({key: text for key, text in texts.items() if text}, lines, day.isoformat() if day else "", shown.ids)


def _issued(visit: Appointment) -> Prescription | None:
    rows = Prescription.objects.unrestricted("of a visit whose doctor writes a letter").in_full()
    return rows.filter(appointment=visit, status=Status.ISSUED).first()


def _of_note(visit: Appointment, by: User) -> dict[str, str]:
    """What the note says, or its draft. The plan is for whoever goes on with the treatment here: it is on no paper."""
    note: VisitNote | None = latest_note(visit)
    if note is not None:
        return {name: getattr(note, name) for name in PARTS if name != "plan"}
    draft = VisitDraft.objects.filter(visit=visit, writer=by).first()
    written = note_of(draft.content).texts if draft else {}
    return {name: text for name, text in written.items() if name != "plan"}


def _of_chart(shown: Glance) -> dict[str, str]:
    allergies = [
        joined([entry.title, str(entry.get_severity_display()) if entry.severity else ""], ", ")
        for entry in shown.allergies
    ]
    signs = [f"{one.sign.label} {one.value:g} {one.sign.unit_label} ({show_date(one.at)})" for one in shown.signs]
    return {
        "problems": "\n".join(entry.title for entry in shown.problems),
        "allergies": "\n".join(allergies) or (shown.none_known.title if shown.none_known else ""),
        "signs": "\n".join(signs),
    }


def _medicines(visit: Appointment, by: User, shown: Glance, now: datetime, *, hides: bool) -> list[str]:
    """The active medicines: those of the chart, and what was prescribed and still runs."""
    found = [entry.title for entry in shown.medicines]
    for one in running(by, visit.patient, now):
        if not (hides and one.line.prescription.is_confidential):
            content = one.line.content()
            found.append(joined([printed_name(content), content["dosage"], content["frequency"]]))
    return list(dict.fromkeys(found))
