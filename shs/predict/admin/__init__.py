"""Screens for what the symptom checker knows, and a page to try it."""

from shs.predict.admin.conditions import ConditionScreen, PairScreen
from shs.predict.admin.red_flags import RedFlagScreen
from shs.predict.admin.symptoms import SymptomScreen
from shs.predict.admin.trial import trial

__all__ = ["ConditionScreen", "PairScreen", "RedFlagScreen", "SymptomScreen", "trial"]
