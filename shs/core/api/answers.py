"""Answers of the lists that are asked for most."""

from typing import Generic, TypeVar

from django.http import HttpResponse
from pydantic import TypeAdapter
from pydantic_core import to_json

Shape = TypeVar("Shape")


class Answer(Generic[Shape]):
    """Makes the answer of a route with `response=shape`. ninja would check the data by a model around it and copy them
    twice, which takes a tenth of the time of a list; here they are checked, and written once."""

    def __init__(self, shape: type[Shape]) -> None:
        self.adapter = TypeAdapter(shape)

    def __call__(self, data: Shape) -> HttpResponse:
        content = to_json(self.adapter.validate_python(data))
        return HttpResponse(content, content_type="application/json; charset=utf-8")
