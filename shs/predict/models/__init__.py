"""The data of the symptom checker (symptoms, conditions, red flags), and the questions to it."""

from shs.predict.models.knowledge import Base, Condition, ConditionSymptom, NamedBySlug, RedFlag, Symptom, Usual
from shs.predict.models.phrases import MOST_PHRASES, require_groups, require_lines, require_phrases
from shs.predict.models.prediction import Counts, Prediction, PredictionQuerySet, PredictionStatus, counted

__all__ = [
    "MOST_PHRASES",
    "Base",
    "Condition",
    "ConditionSymptom",
    "Counts",
    "NamedBySlug",
    "Prediction",
    "PredictionQuerySet",
    "PredictionStatus",
    "RedFlag",
    "Symptom",
    "Usual",
    "counted",
    "require_groups",
    "require_lines",
    "require_phrases",
]
