"""What happens to the verification of doctors when two people are merged: it is about doctors and by staff."""

from shs.credentialing.models import CaseNote, VerificationCheck
from shs.users.merge_rules import stays

people = [
    *stays(
        VerificationCheck, "by", "override_asked_by", "overridden_by", because="which officer checked, asked or decided"
    ),
    *stays(CaseNote, "by", because="which officer wrote it"),
]
