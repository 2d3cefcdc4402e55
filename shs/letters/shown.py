"""What a letter says, as the office shows it: in the reader's language, without the paper around it."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from shs.core.dates import show_date
from shs.core.paper.content import Part, joined
from shs.letters.models import Letter, Unfit, Urgency
from shs.letters.models.content import PARTS
from shs.prescription.printed import entry_of


def shown_parts(letter: Letter) -> list[Part]:
    """Each part that says something, titled."""
    written, found = letter.written, []
    if to := written.get("to"):
        urgency = str(Urgency(to["urgency"]).label)
        found.append(Part(str(_("Referred to")), joined([to["name"], to["specialty"], to["place"], urgency])))
    if absence := letter.absence:
        days = " – ".join(show_date(date.fromisoformat(absence[end])) for end in ("first", "last"))
        unfit = str(Unfit(absence["unfit_for"]).label)
        found += [Part(str(_("Unfit for")), joined([unfit, days])), Part(str(_("Can still do")), absence["fit_for"])]
    found += [Part(str(PARTS[part["key"]]), part["text"]) for part in written["parts"]]
    for line in written.get("lines", []):
        entry = entry_of(line)
        found.append(Part(entry.name, joined([entry.line, entry.more])))
    if day := written.get("follow_up"):
        found.append(Part(str(_("Follow-up")), show_date(date.fromisoformat(day))))
    return [part for part in found if part.words]
