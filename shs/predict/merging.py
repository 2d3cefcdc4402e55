"""What happens to questions to the symptom checker when two people are merged."""

from shs.predict.models import AskedQuestion, KnowledgeChange, Prediction
from shs.users.merge_rules import moves, stays

people = [
    *moves(Prediction, "patient"),
    *stays(KnowledgeChange, "asked_by", "decided_by", because="which admin or doctor asked or decided"),
    *stays(AskedQuestion, "judged_by", because="which doctor judged it"),
]
