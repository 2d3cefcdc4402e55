"""A sample row of each model that no migration fills, for the generated tests."""

from datetime import datetime

from django.utils import timezone

from shs.core.discovery import Case
from shs.predict import changes, services
from shs.predict.models import AskedQuestion, RedFlag


def prediction(case: Case, now: datetime) -> None:
    """Alice's question to the symptom checker."""
    services.check(user=case.alice, symptoms=["fever", "loose motion"], now=now)


def change(case: Case, now: datetime) -> None:
    """Frank's change of a red flag, which waits."""
    rule = RedFlag.objects.get(slug="snake-bite")
    rule.groups = [[*rule.groups[0], "cobra bit"], *rule.groups[1:]]
    case.knowledge_change = changes.store(rule, by=case.frank, now=now)


def question(case: Case, now: datetime) -> None:
    """Two questions without names; Dr. Carol has judged one."""
    for text in ("fever and chest pain", "buke betha"):
        case.question = AskedQuestion.objects.without_history("a sample").bulk_create(
            [AskedQuestion(asked_of="checker", asked_on=timezone.localdate(now), text=text, language="en")]
        )[0]
    judgement = {"verdict": "dangerous", "needed": "now", "right_condition": "", "language": "bn-Latn"}
    case.question.judge(**judgement, note="an emergency", by=case.carol, now=now)


samples = [prediction, change, question]
