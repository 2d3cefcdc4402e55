"""What happens to charts when two people are merged."""

from collections.abc import Iterable

from django.utils.translation import ngettext

from shs.core.grants.held import holders
from shs.core.labels import Label
from shs.medical_record.models import BreakGlass, MedicalRecord, VisitDraft, VisitNote
from shs.users.merge_rules import Pair, Part, moves, stays


class Access(Part):
    """Who could read the one chart by consent or in an emergency does not read the other one by a merge."""

    def told(self, pair: Pair) -> Iterable[Label]:
        number = holders(pair.dropped, "read_chart", "break_glass").count()
        if number:
            words = ngettext(
                "%(count)d consent stays behind: nobody gets a right by the merge. The patient can give it again.",
                "%(count)d consents stay behind: nobody gets a right by the merge. The patient can give them again.",
                number,
            )
            yield words % {"count": number}


people = [
    *moves(MedicalRecord, "patient"),
    # The same person: what a patient has entered about themselves stays so.
    *moves(MedicalRecord, "recorded_by"),
    *moves(BreakGlass, "patient"),
    *moves(VisitDraft, "patient"),
    *moves(VisitNote, "patient"),
    *stays(VisitDraft, "writer", because="which doctor writes it"),
    *stays(VisitNote, "signed_by", because="which doctor signed it"),
    *stays(BreakGlass, "doctor", "reviewed_by", because="which doctor opened it, which auditor reviewed it"),
    Access(),
]
