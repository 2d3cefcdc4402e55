"""What happens to letters when two people are merged. What was sealed names the patient as they were then."""

from shs.letters.models import Letter
from shs.users.merge_rules import moves

people = [*moves(Letter, "patient")]
