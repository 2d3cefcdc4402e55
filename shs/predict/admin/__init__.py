"""Screens for the data of the symptom checker, and a page to test it."""

from shs.predict.admin.changes import KnowledgeChangeScreen
from shs.predict.admin.conditions import ConditionScreen, PairScreen
from shs.predict.admin.questions import PredictionScreen, QuestionScreen
from shs.predict.admin.red_flags import RedFlagScreen, WordListScreen
from shs.predict.admin.symptoms import SymptomScreen
from shs.predict.admin.trial import trial

__all__ = [
    "ConditionScreen",
    "KnowledgeChangeScreen",
    "PairScreen",
    "PredictionScreen",
    "QuestionScreen",
    "RedFlagScreen",
    "SymptomScreen",
    "WordListScreen",
    "trial",
]
