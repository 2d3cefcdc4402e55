"""The language of pages: the user's choice, else the browser's."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.translation import activate, get_language, get_language_from_request
from django.views.i18n import set_language


def choose_language(request: HttpRequest) -> HttpResponseBase:
    """Store the choice in this browser and, for a logged-in user, in the account, which mails use too."""
    response = set_language(request)
    user, language = request.user, request.POST.get("language", "")
    is_known = request.method == "POST" and language in dict(settings.LANGUAGES)
    if is_known and user.is_authenticated and user.language != language:
        user.speak(language)
    return response


class BrowserLanguageMiddleware:
    """Shows pages, and words the API's problems, in the language chosen in this browser, else in the browser's. As
    Django's LocaleMiddleware, without its search for a language in the address: ours have none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        activate(get_language_from_request(request))
        request.LANGUAGE_CODE = get_language()
        response = self.get_response(request)
        patch_vary_headers(response, ("Accept-Language",))
        response.headers.setdefault("Content-Language", get_language())
        return response


class ReaderLanguageMiddleware:
    """Shows the admin in the account's language, in any browser."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        language = str(getattr(request.user, "language", "")) if request.path.startswith("/admin/") else ""
        if language:
            activate(language)
            request.LANGUAGE_CODE = language
        return self.get_response(request)
