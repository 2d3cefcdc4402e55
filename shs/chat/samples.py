"""A sample row of each model, for the generated tests."""

from datetime import datetime
from typing import Any

from shs.chat.models import ChatMessage


def question(case: Any, now: datetime) -> None:
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
