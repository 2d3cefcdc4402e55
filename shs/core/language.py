"""Which language a page speaks: its reader's own choice, else the browser's; and the words of the scripts in it."""

from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import activate, override
from django.views.i18n import JavaScriptCatalog, set_language

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


def choose_language(request: HttpRequest) -> HttpResponseBase:
    """Keep a choice in this browser and, of who is logged in, in the account: mails follow it too."""
    response = set_language(request)
    user, language = request.user, request.POST.get("language", "")
    if request.method == "POST" and user.is_authenticated and language in dict(settings.LANGUAGES):
        user.speak(language)
    return response


class ReaderLanguageMiddleware:
    """The back office speaks the language that the account has chosen, in whatever browser."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        language = request.path.startswith("/admin/") and getattr(request.user, "language", "")
        if language:
            activate(language)
            request.LANGUAGE_CODE = language
        return self.get_response(request)
