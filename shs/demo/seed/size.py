"""How large the made-up network is."""

import argparse
from collections.abc import Callable
from typing import NamedTuple


class Size(NamedTuple):
    """How much of everything; `days` are counted around today."""

    doctors: int = 40
    patients: int = 300
    days: int = 60


def at_most(most: int) -> Callable[[str], int]:
    """Reads a whole number from 1 to `most` from the command line."""

    def read(text: str) -> int:
        if not (text.isdecimal() and 1 <= int(text) <= most):
            raise argparse.ArgumentTypeError(f"must be a whole number from 1 to {most}, not {text}")
        return int(text)

    return read
