"""Letters of visits: referrals, sick notes and summaries."""

from shs.letters.models.content import Absence, Addressee, Content, PartContent, Unfit, Urgency, Written
from shs.letters.models.letter import Kind, Letter, LetterQuerySet, Status, find_by_code

__all__ = [
    "Absence",
    "Addressee",
    "Content",
    "Kind",
    "Letter",
    "LetterQuerySet",
    "PartContent",
    "Status",
    "Unfit",
    "Urgency",
    "Written",
    "find_by_code",
]
