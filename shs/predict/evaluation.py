"""Accuracy of the embedded symptom checker on vignettes. The vignettes were written from named public sources by the
authors of the data, so the figures compare versions and do not predict accuracy for patients."""

import tomllib
from pathlib import Path
from typing import NamedTuple, TypedDict, cast

from shs.predict.models import Condition
from shs.predict.predictor import knowledge

VIGNETTES = Path(__file__).with_name("vignettes.toml")


class Vignette(TypedDict):
    """A case of the test set; those `held_out` were never used to add missing synonyms."""

    id: str
    symptoms: list[str]
    condition: str
    source: str
    held_out: bool


class Result(NamedTuple):
    """Shares of `asked` vignettes, 0–1; `missed` are those whose condition is not among the first three."""

    asked: int
    top1: float
    top3: float
    abstained: float
    missed: list[Vignette]


def vignettes(path: Path = VIGNETTES) -> list[Vignette]:
    """The test set: `{id, symptoms: […], condition: slug, source}` each; those `held_out` were never used to add
    missing synonyms."""
    return cast("list[Vignette]", tomllib.loads(path.read_text(encoding="utf-8"))["vignette"])


def evaluate(vignettes: list[Vignette]) -> Result:
    """Run the symptom checker on each vignette."""
    known, slugs = knowledge(), dict(Condition.objects.values_list("name", "slug"))
    first = third = abstained = 0
    missed = []
    for vignette in vignettes:
        ranked = [slugs[candidate.disease] for candidate in known.guess(vignette["symptoms"]).candidates]
        first += ranked[:1] == [vignette["condition"]]
        third += vignette["condition"] in ranked[:3]
        abstained += not ranked
        if vignette["condition"] not in ranked[:3]:
            missed.append(vignette)
    count = max(1, len(vignettes))
    return Result(len(vignettes), first / count, third / count, abstained / count, missed)
