"""The peers of the benchmark: some of the same routes, over the same rows, as they are usually written with Django REST
framework and with plain django-ninja. Each is a WSGI application of its own, which gets the same requests. The project
does not import them."""

from importlib.util import find_spec
from typing import NamedTuple

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.test.utils import override_settings


class Peer(NamedTuple):
    """A peer: its name in the table, the package that it needs, and its module with `urlpatterns`."""

    name: str
    needs: str
    urls: str


PEERS = (
    Peer("drf", "rest_framework", "shs.demo.benchmark.peers.with_drf"),
    Peer("ninja", "ninja", "shs.demo.benchmark.peers.with_ninja"),
)
INSTALL = "pip install -r shs/demo/benchmark/requirements.txt"
NAMES = {
    "doctor search",
    "doctor detail",
    "slots of 7 days",
    "my appointments",
    "doctor's day",
    "prescriptions of a patient",
    "chart",
    "articles",
    "booking",
}
"""The cases that the peers answer, too."""
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
"""The middleware of a new Django project."""


def installed() -> list[Peer]:
    """The peers whose package is installed."""
    return [peer for peer in PEERS if find_spec(peer.needs)]


def left_out() -> list[str]:
    """A line for each peer that is not measured, with how to install what it needs."""
    there = installed()
    return [f"Not measured: {peer.name}. Install it by: {INSTALL}" for peer in PEERS if peer not in there]


def application(peer: Peer) -> WSGIHandler:
    """The WSGI application of a peer: with its own routes and Django's usual middleware."""
    with override_settings(MIDDLEWARE=MIDDLEWARE):
        made = WSGIHandler()
    made.request_class = type("PeerRequest", (WSGIRequest,), {"urlconf": peer.urls})
    return made
