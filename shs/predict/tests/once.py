"""Sets of texts are asked about with one reading of the rules."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from shs.predict import predictor, urgency


@contextmanager
def read_once() -> Iterator[None]:
    """The rules and the knowledge as they are at the beginning, for texts between which nothing changes them. They are
    read again for each text otherwise, which takes longer than to look for them in it."""
    with (
        mock.patch.object(urgency, "rules", return_value=urgency.rules()),
        mock.patch.object(predictor, "knowledge", return_value=predictor.knowledge()),
    ):
        yield
