"""The order of text in which some is written from right to left, by Unicode's bidirectional algorithm."""

import re
import unicodedata
from collections.abc import Sequence
from itertools import groupby
from typing import TypeVar

from bidi import algorithm

Run = TypeVar("Run")
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")


def levels_of(text: str) -> tuple[int, list[int]]:
    """The level of the paragraph `text` and of each of its characters: odd from right to left."""
    if not RIGHT_TO_LEFT.search(text):
        return 0, [0] * len(text)
    kept = [at for at, letter in enumerate(text) if unicodedata.bidirectional(letter) != "BN"]
    plain = "".join(text[at] for at in kept)
    base = algorithm.get_base_level(plain)
    storage = algorithm.get_empty_storage()
    storage["base_level"], storage["base_dir"] = base, "LR"[base]
    algorithm.get_embedding_levels(plain, storage)
    algorithm.explicit_embed_and_overrides(storage)
    algorithm.resolve_weak_types(storage)
    algorithm.resolve_neutral_types(storage, False)
    algorithm.resolve_implicit_levels(storage, False)
    found = {at: int(letter["level"]) for at, letter in zip(kept, storage["chars"], strict=True)}
    levels: list[int] = []
    for at in range(len(text)):  # what shows nothing goes with what stands before it
        levels.append(found.get(at, levels[-1] if levels else base))
    return base, levels


def visual(runs: Sequence[Run], levels: Sequence[int]) -> list[Run]:
    """The runs of a line, each of one level, from left to right (rule L2)."""
    order = list(range(len(runs)))
    for level in range(max(levels, default=0), 0, -1):
        begun = 0
        for is_in, group in groupby([levels[at] >= level for at in order]):
            ended = begun + len(list(group))
            if is_in:
                order[begun:ended] = order[begun:ended][::-1]
            begun = ended
    return [runs[at] for at in order]
