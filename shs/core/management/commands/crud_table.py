from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand

from shs.core.admin.crud import table

README = Path(settings.BASE_DIR) / "shs" / "README.md"
BEGIN, END = "<!-- made by manage.py crud_table -->", "<!-- end of the table -->"


def with_table(text: str) -> str:
    """The text of the README with the present table between the two marks."""
    before, _begin, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{rest.partition(END)[2]}"


class Command(BaseCommand):
    """For developers: run it after a change of the grant table or of a screen."""

    help = "Write the table of what the office offers for each model into shs/README.md."

    def handle(self, *args: object, **options: object) -> None:
        README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
        self.stdout.write("shs/README.md")
