"""Screens for the data of the symptom checker, and a page to test it."""

from shs.predict.admin.conditions import ConditionScreen, PairScreen
from shs.predict.admin.red_flags import RedFlagScreen
from shs.predict.admin.symptoms import SymptomScreen
from shs.predict.admin.trial import trial

__all__ = ["ConditionScreen", "PairScreen", "RedFlagScreen", "SymptomScreen", "trial"]
