"""The PDF of a letter, on A4 or A5."""

from reportlab.platypus.flowables import Flowable

from shs.core.paper.content import PaperSize
from shs.core.paper.sheet import Sheet
from shs.letters.models import Letter
from shs.letters.printed import printed


def draw(letter: Letter, url: str, size: str = "") -> bytes:
    """The PDF of a letter, read by `in_full()`, on the clinic's paper unless `size` (of PaperSize) says another one.
    Everything on it is from the sealed content, except its status."""
    found, clinic = printed(letter, url), letter.visit.clinic
    size = size or (clinic.paper if clinic else PaperSize.A4)
    sheet = Sheet(
        size,
        title=found.title,
        author=letter.parties["doctor"]["name"],
        language=found.language,
        foot=found.foot,
        mark=found.mark,
    )
    story: list[Flowable] = [
        *sheet.letterhead(found.head),
        *sheet.patient(found.patient),
        sheet.text(found.heading, size=14, bold=True),
        sheet.gap(3),
        *(flowable for part in found.lead for flowable in sheet.part(part)),
        *sheet.two_columns(found.left, "℞", found.entries, found.right),
        *sheet.closing(found.closing),
    ]
    return sheet.build(story)
