"""Query parameters: a route refuses those that it does not know, because a filter that is misspelt and ignored would
return everything."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import ValidationError
from ninja.operation import Operation
from ninja.params.models import QueryModel

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")

AT_EVERY_ROUTE: frozenset[str] = frozenset()
"""Parameters that clients may send to any route. There are none: the patient app sends what a route documents."""


def known_parameters(operation: Operation) -> frozenset[str]:
    """The names of the query parameters of a route."""
    models = [model for model in operation.models if issubclass(model, QueryModel)]
    return AT_EVERY_ROUTE.union(*(vars(model).get("__ninja_flatten_map__", {}) for model in models))


def refuse_unknown_parameters(api: NinjaAPI) -> None:
    """Let every route of `api` answer 422 to query parameters that it does not know, naming them. Who may not call it
    at all is told that first."""
    api.add_decorator(_with_known_parameters, mode="operation")


def _with_known_parameters(
    view: Callable[Concatenate[HttpRequest, Arguments], Answer],
) -> Callable[Concatenate[HttpRequest, Arguments], Answer]:
    known = known_parameters(vars(view)["_ninja_operation"])

    @wraps(view)
    def answered(request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Answer:
        if unknown := [name for name in request.GET if name not in known]:
            raise ValidationError(
                [
                    {"type": "unknown_parameter", "loc": ("query", name), "msg": _("There is no such parameter.")}
                    for name in unknown
                ]
            )
        return view(request, *args, **kwargs)

    return answered
