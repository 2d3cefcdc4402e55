"""Each POST of the office is answered once: a double click, a reload or a retry gets the answer of the first time.

The tag `{% csrf_token %}` adds the key to each form (`templatetags/once.py`); OnceMiddleware keeps the answer of a POST
that did something, and gives it to the same POST again for a day. A key is claimed before the work, in a statement of
its own, and the answer is stored after it: the work keeps its own transactions, which may be several, are tried again
after a deadlock, and hold no lock longer than without a key. If the process dies in between, the key stays claimed, so
that nothing is done twice: whoever sends the form again is told to look first.

The address belongs to the key, because a form may have buttons for several pages. What was sent does not: a script may
have added something since, and the work is done all the same. Whoever has changed something is told that it is not
saved.
"""

import time
from collections.abc import Iterator
from typing import TypedDict, cast
from uuid import UUID

from django.contrib import messages
from django.contrib.messages.storage.base import BaseStorage
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.request import UnreadablePostError
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from shs.core.admin.error_pages import still_running, without_key
from shs.core.admin.once import DID, FIELD, KEYED, WITHOUT_KEY, Go
from shs.core.api.models import KeptAnswer
from shs.core.caller import MemberRequest
from shs.core.middleware import GetResponse

POLLS, POLL_SECONDS = 100, 0.1
"""So often, and with such pauses, a second POST looks for the answer of the first one."""


Said = tuple[int, str, str, bool]
"""A message: level, text, tags, whether it is safe HTML."""


class Kept(TypedDict):
    """What is kept of an answer: where it leads, whether it is a dialog's, and what it told."""

    go: str
    json: bool
    said: list[Said]


class OnceMiddleware:
    """Answers each POST of the office once; stands after the middleware that lets somebody into it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method != "POST" or not request.path.startswith(KEYED) or not _needs_key(request):
            return self.get_response(request)
        try:
            key = UUID(request.POST.get(FIELD, ""))
        except ValueError:
            return without_key(request)
        except UnreadablePostError:  # whoever sent it has gone
            return HttpResponse(status=400)
        return self._once(request, f"form {key} {_hashed(request.get_full_path())}", _hashed(*_parts(request)))

    def _once(self, request: HttpRequest, key: str, digest: str) -> HttpResponseBase:
        for _poll in range(POLLS):
            if (claimed := _claim(request, key, digest)) is not None:
                return self._work(request, claimed)
            kept = KeptAnswer.objects.filter(user=request.user.pk, key=key).first()
            if kept is not None and kept.body is not None:
                return _again(request, cast(Kept, kept.body), is_same=kept.digest == digest)
            time.sleep(POLL_SECONDS)
        return still_running(request)

    def _work(self, request: HttpRequest, claimed: int) -> HttpResponseBase:
        """The answer of the page, which is kept if it did something; else the key is free again."""
        response = self.get_response(request)
        rows = KeptAnswer.objects.filter(pk=claimed)
        body = _kept(request, response)
        if body is None:
            rows._raw_delete(rows.db)  # nothing refers to it; one statement
        else:
            rows.update(status=response.status_code, body=body)
        return response


def _needs_key(request: HttpRequest) -> bool:
    user = cast(MemberRequest, request).user
    if not (user.is_authenticated and user.is_active and user.logs_in_here):
        return False  # the page sends them to the login
    try:
        return resolve(request.path_info).url_name not in WITHOUT_KEY
    except Resolver404:
        return False


def _hashed(*parts: str | bytes) -> str:
    """The parts as a number that cannot be turned back: they may hold passwords."""
    digest = salted_hmac("shs.core.admin.answered", "", algorithm="sha256")
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()


def _parts(request: HttpRequest) -> Iterator[str | bytes]:
    """What was sent."""
    for name in sorted(request.POST):
        for value in request.POST.getlist(name) if name not in (FIELD, "csrfmiddlewaretoken") else ():
            yield from (name, value)
    for name in sorted(request.FILES):
        for file in request.FILES.getlist(name):
            yield from (name, file.name or "", *file.chunks())
            file.seek(0)


def _claim(request: HttpRequest, key: str, digest: str) -> int | None:
    """The number of the row by which this request does the work; None if another one has it. One statement, which is
    committed at once: on PostgreSQL a second one waits for the first by the unique key, on SQLite for its turn."""
    table = connection.ops.quote_name(KeptAnswer._meta.db_table)
    created = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO {table} (user_id, "key", digest, created_at) VALUES (%s, %s, %s, %s) '  # noqa: S608  (our names)
            'ON CONFLICT (user_id, "key") DO NOTHING RETURNING id',
            [request.user.pk, key, digest, created],
        )
        row = cursor.fetchone()
    return int(row[0]) if row else None


def _kept(request: HttpRequest, response: HttpResponseBase) -> Kept | None:
    """What is kept of an answer: where it leads, and what it tells. None if the POST was refused or only showed
    something."""
    go, is_json = request.META.get(DID), False
    if isinstance(response, HttpResponseRedirect):
        go = response.url
    elif isinstance(response, Go):
        go, is_json = response.go, True
    if not go:
        return None
    return {"go": str(go), "json": is_json, "said": _said(request)}


def _said(request: HttpRequest) -> list[Said]:
    """The messages of this answer and those that still wait to be shown."""
    storage = cast(BaseStorage, messages.get_messages(request))
    are_shown = storage.used
    said: list[Said] = [(m.level, str(m.message), m.extra_tags, isinstance(m.message, SafeString)) for m in storage]
    storage.used = bool(said) or are_shown
    for one in () if are_shown else said:
        _tell(request, *one)  # reading took them out
    return said


def _tell(request: HttpRequest, level: int, text: str, tags: str, is_safe: bool) -> None:
    messages.add_message(request, level, mark_safe(text) if is_safe else text, tags)  # noqa: S308  (it was safe before)


def _again(request: HttpRequest, body: Kept, *, is_same: bool) -> HttpResponse:
    """The answer of the first time. What it told is told again, unless it still waits to be shown: the browser may have
    dropped the first answer."""
    waiting = {one[1] for one in _said(request)}
    if is_same:
        messages.info(request, _("This was done already."))
    else:
        words = _("This form was already saved as you first sent it. Changes you made after that are not saved.")
        messages.warning(request, words)
    for one in body["said"]:
        if one[1] not in waiting:
            _tell(request, *one)
    return Go(body["go"]) if body["json"] else HttpResponseRedirect(body["go"])
