"""Sensitivity and false alarms of red flags and triage on test sets; run it after changing words, rules or levels.

`python manage.py evaluate` runs the open set, `--held-out` the one that was set aside (not while you change the
knowledge), `--set FILE` any other set of the form that `shs/predict/sets.py` describes. No cron entry.
"""

from pathlib import Path

from django.core.management import CommandError, CommandParser
from django.core.management.base import BaseCommand

from shs.predict.measuring import Outcome, Rate, best, grouped, outcomes, rate, thresholds
from shs.predict.models import Condition
from shs.predict.sets import HELD_OUT, OPEN, BadSet, Sample, read_set, read_vignettes

SIDES = ((True, "urgent among emergencies"), (False, "urgent among harmless texts"))


class Command(BaseCommand):
    help = "Print sensitivity and false alarms by way of writing and kind, with confidence intervals."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--set", type=Path, dest="path", help="another set (JSON lines), instead of the open one")
        parser.add_argument("--held-out", action="store_true", help="the half that was set aside")
        parser.add_argument("--misses", action="store_true", help="name the texts with a wrong answer")
        parser.add_argument("--fit", action="store_true", help="print what each threshold gives on the open vignettes")

    def handle(
        self, *args: object, path: Path | None, held_out: bool, misses: bool, fit: bool, **options: object
    ) -> None:
        if fit:
            self._fit()
            return
        path = path or (HELD_OUT if held_out else OPEN)
        try:
            samples = read_set(path, conditions=set(Condition.objects.values_list("slug", flat=True)))
        except (BadSet, OSError) as error:
            raise CommandError(str(error)) from None
        found = outcomes(samples)
        self.stdout.write(f"{path.name}: {len(found)} texts")
        for now, title in SIDES:
            self._side(found, title, now=now)
        self._ranking(found)
        for one in found if misses else ():
            if one.is_urgent is not one.sample.is_now:
                self.stdout.write(f"{one.sample.id}: {'; '.join(one.sample.texts)}")

    def _side(self, found: list[Outcome], title: str, *, now: bool) -> None:
        self.stdout.write(f"{title}: {rate(found, now=now)}")
        for key in (_language, _kind):
            for name, some in grouped(found, key, now=now).items():
                self.stdout.write(f"  {name or '-'}: {some}")

    def _ranking(self, found: list[Outcome]) -> None:
        asked = [one for one in found if one.sample.condition]
        if asked:
            first = Rate(sum(one.rank == 1 for one in asked), len(asked))
            third = Rate(sum(1 <= one.rank <= 3 for one in asked), len(asked))
            self.stdout.write(f"expected condition first: {first}; among the first three: {third}")

    def _fit(self) -> None:
        found = thresholds(read_vignettes(held_out=False))
        for one in found:
            self.stdout.write(f"{one.share:.2f}: found {one.found}; false {one.false}")
        chosen = best(found).share
        held = {one.share: one for one in thresholds(read_vignettes(held_out=True))}[chosen]
        self.stdout.write(f"chosen {chosen:.2f}; on the vignettes set aside: found {held.found}; false {held.false}")


def _language(sample: Sample) -> str:
    return sample.language


def _kind(sample: Sample) -> str:
    return sample.kind
