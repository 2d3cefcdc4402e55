"""A sample row of each model, for the generated tests."""

from datetime import datetime

from shs.chat.models import ChatMessage
from shs.core.discovery import Case


def question(case: Case, now: datetime) -> None:
    """Alice's question to the assistant."""
    case.chat = ChatMessage.objects.create(
        user=case.alice,
        created_at=now,
        message="Is my rash an allergy?",
        answer="Ask a doctor.",
        status=ChatMessage.Status.ANSWERED,
        provider="embedded",
        latency_ms=12,
    )


samples = [question]
