"""Screens and pages for letters."""

from shs.letters.admin.counter import print_letter
from shs.letters.admin.letters import LetterScreen
from shs.letters.admin.visit_part import papers
from shs.letters.admin.write import letter_page
from shs.prescription.admin.visit_parts import VISIT_PARTS

__all__ = ["LetterScreen", "letter_page", "print_letter"]

VISIT_PARTS.append(papers)
