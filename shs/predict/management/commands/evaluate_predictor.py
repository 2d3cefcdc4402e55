"""Accuracy of the embedded symptom checker on the vignettes of the test set; run it after changing its data.

No cron entry: `python manage.py evaluate_predictor`, with `--misses` to see which vignettes it gets wrong.
"""

from django.core.management import CommandParser
from django.core.management.base import BaseCommand

from shs.predict.evaluation import evaluate, vignettes


class Command(BaseCommand):
    help = "Print top-1 and top-3 of the embedded symptom checker on the vignettes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--misses", action="store_true", help="name those whose condition is not in the top 3")

    def handle(self, *args: object, misses: bool, **options: object) -> None:
        every = vignettes()
        held_out = [vignette for vignette in every if vignette.get("held_out")]
        for name, some in (("all", every), ("held out", held_out)):
            result = evaluate(some)
            self.stdout.write(
                f"{name}: {result.asked} vignettes, top-1 {result.top1:.0%}, top-3 {result.top3:.0%}, "
                f"abstained {result.abstained:.0%}"
            )
        for vignette in evaluate(every).missed if misses else ():
            self.stdout.write(f"{vignette['id']}: {'; '.join(vignette['symptoms'])}")
