"""The link to the queue of a visit, for slips and texts."""

from django.conf import settings
from django.urls import reverse

from shs.appointment.models import code_of


def queue_url(visit: int) -> str:
    """The full address of the queue of a visit. Whoever has it reads the serial and how the queue moves on, without a
    login, until the day of the visit is over."""
    return f"{settings.SITE_URL}{reverse('queue', args=(code_of('queue', visit),))}"
