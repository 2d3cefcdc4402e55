"""What was found in a list of brands, in sentences."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shs.core.labels import Label
from shs.prescription.models.brand_import import Finding

SENTENCES: dict[str, Label] = {
    "unreadable": gettext_lazy("This is neither text in UTF-8 with commas (CSV) nor an XLSX workbook."),
    "rows": gettext_lazy("A list may have at most %(value)s rows."),
    "no_rows": gettext_lazy("The list has no rows."),
    "columns": gettext_lazy("These columns are missing: %(value)s. The first row names the columns."),
    "empty": gettext_lazy("“%(value)s” is empty."),
    "long": gettext_lazy("“%(value)s” is longer than %(other)s characters."),
    "strength": gettext_lazy("“%(value)s” is not a strength such as 500 mg, 120 mg/5 mL or 0.5%%."),
    "generic": gettext_lazy("The catalogue has no generic “%(value)s”: add it first, or correct its spelling."),
    "route": gettext_lazy("“%(value)s” is in the catalogue, but not as %(other)s: add that first."),
    "doubled": gettext_lazy("“%(value)s” with this form, strength and maker is also in row %(other)s."),
    "spelt": gettext_lazy("“%(value)s” was read as “%(other)s”."),
}
"""Kind of a finding → its sentence."""


def sentence(found: Finding) -> str:
    """A finding as a sentence, with the number of its row, as a spreadsheet counts."""
    words = str(SENTENCES[found["kind"]]) % {"value": found["value"], "other": found["other"]}
    return _("Row %(row)s: %(words)s") % {"row": found["row"], "words": words} if found["row"] else words
