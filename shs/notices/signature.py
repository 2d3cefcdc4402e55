"""Proves that a delivery report comes from the SMS gateway: it signs the body with the key that both know."""

import hashlib
import hmac

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.translation import gettext as _

from shs.core.api.authentication import RouteAuth
from shs.core.errors import Unauthenticated

HEADER = "X-Signature"


class SignedByGateway(RouteAuth):
    """Requests whose body is signed with SMS_REPORT_KEY. Without a key nobody can sign one."""

    def __call__(self, request: HttpRequest) -> bool:
        request.user = AnonymousUser()
        self.count(request)
        if not is_signed(request.body, request.headers.get(HEADER, "")):
            raise Unauthenticated(_("This report is not signed with the key of the SMS gateway."))
        return True


def signature(body: bytes, key: str) -> str:
    """`sha256=` and the HMAC-SHA256 of `body` in hexadecimal."""
    return f"sha256={hmac.new(key.encode(), body, hashlib.sha256).hexdigest()}"


def is_signed(body: bytes, given: str) -> bool:
    """Whether `given` is the signature of `body`; compared in constant time. Never while no key is set."""
    key = settings.SMS_REPORT_KEY
    return bool(key) and hmac.compare_digest(signature(body, key).encode(), given.strip().encode(errors="replace"))


signed_by_gateway = SignedByGateway()
