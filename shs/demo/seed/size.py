"""The size of the demo network, and its limits, for command line arguments."""

import argparse
from collections.abc import Callable


def at_most(most: int) -> Callable[[str], int]:
    """Reads a whole number from 1 to `most` from the command line."""

    def read(text: str) -> int:
        if not (text.isdecimal() and 1 <= int(text) <= most):
            raise argparse.ArgumentTypeError(f"must be a whole number from 1 to {most}, not {text}")
        return int(text)

    return read
