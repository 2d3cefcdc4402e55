"""The words of the scripts, in each language."""

from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import override
from django.views.i18n import JavaScriptCatalog

_catalogue = JavaScriptCatalog.as_view(packages=["django.contrib.admin"])


def script_words(request: HttpRequest, language: str) -> HttpResponseBase:
    """What scripts say by `gettext("…")`. Open to all, as the login has scripts too. The language stands in the
    address, so that the answer may be kept."""
    if language not in dict(settings.LANGUAGES):
        raise Http404
    with override(language):
        response = _catalogue(request)
    response["Cache-Control"] = "public, max-age=3600"
    return response
