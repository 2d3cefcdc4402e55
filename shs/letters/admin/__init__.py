"""Screens and pages for letters."""

from shs.core.admin.wording import KEY_WORDS
from shs.letters.admin.letters import LetterScreen
from shs.letters.admin.visit_part import papers
from shs.letters.admin.write import letter_page
from shs.letters.models.content import PARTS
from shs.prescription.admin.visit_parts import VISIT_PARTS

__all__ = ["LetterScreen", "letter_page"]

VISIT_PARTS.append(papers)
KEY_WORDS.update({name: label for name, label in PARTS.items() if name not in KEY_WORDS})
