"""What is written must be printable: the paper says everything that was sealed."""

from shs.core.paper.fonts import require_drawable
from shs.prescription.models import Prescription

WRITTEN = ("diagnosis", "symptoms", "advice")


def require_printable(draft: Prescription) -> None:
    """Raises Invalid (422), which names the characters that no font has, for what the doctor has written beside the
    lines."""
    for name in WRITTEN:
        require_drawable(getattr(draft, name), field=name)


def require_printable_lines(draft: Prescription) -> None:
    """The same for medicines and tests."""
    for field, rows in (("medications", draft.lines.all()), ("tests", draft.tests.all())):
        for row in rows:
            require_drawable(" ".join(map(str, row.content().values())), field=field)
