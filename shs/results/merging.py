"""What happens to results when two people are merged."""

from shs.results.models import Result
from shs.users.merge_rules import moves, stays

people = [
    *moves(Result, "patient"),
    # The same person: what a patient has handed in for themselves stays so.
    *moves(Result, "sent_by"),
    *stays(Result, "reviewed_by", "acknowledged_by", because="which doctor reviewed it"),
]
