"""The checks of pregnancy and breast-feeding, of kidneys and liver, and of age."""

from django.utils.translation import gettext as _

from shs.prescription.models.answers import Answer
from shs.prescription.models.lines import WarningKind as Kind
from shs.prescription.services import unclear_names
from shs.prescription.services.findings import Finding
from shs.prescription.services.outcomes import Outcome, by_caution, compared, key_of, listed
from shs.prescription.services.ruleset import (
    ALLOWED,
    AVOID,
    BREASTFEEDING,
    KIDNEY,
    LIVER,
    OLD,
    PREGNANCY,
    Caution,
    cautions,
    rules_for,
    youngest,
)
from shs.prescription.services.situation import GROWN, Situation
from shs.prescription.services.substances import Substance

OLDER = 65
"""The age in years from which the criteria for the old count (Beers, STOPP)."""


# --- Pregnancy and breast-feeding ------------------------------------------------------------------------------------


def check_pregnancy(lines: list[Substance], patient: Situation) -> Outcome:
    """Medicines against pregnancy and breast-feeding. Where it can matter and nobody asked, that is told."""
    if not patient.can_be_pregnant and Answer.YES not in (patient.pregnant, patient.nursing):
        return Outcome([], [], _("Not relevant for a patient of this sex or age."))
    asked = (
        (PREGNANCY, patient.pregnant, _("in pregnancy"), patient.recorded.pregnant),
        (BREASTFEEDING, patient.nursing, _("while breast-feeding"), patient.recorded.nursing),
    )
    found: list[Finding] = []
    because: list[str] = []
    for part, answer, about, recorded in asked:
        if answer == Answer.YES:
            found += _warnings(Kind.PREGNANCY, part, lines, about, of_chart=bool(recorded))
            because += _uncovered(part, lines, about)
        elif answer != Answer.NO:
            because.append(_unanswered(part, answer, patient))
            because += _if_so(part, lines)
    if patient.recorded.long_ago and patient.pregnant not in (Answer.YES, Answer.NO):
        because.append(_("A pregnancy was recorded, but long ago. Ask whether she is pregnant."))
    rules = (*cautions(PREGNANCY), *cautions(BREASTFEEDING))
    said = _("Neither pregnant nor breast-feeding, as answered.")
    if Answer.YES in (patient.pregnant, patient.nursing):
        said = compared(len(rules), {rule.source for rule in rules})
    return Outcome(found, because, said)


def _unanswered(part: str, answer: str, patient: Situation) -> str:
    texts = {
        (PREGNANCY, True): _("Not checked, because it is not known whether she is pregnant."),
        (PREGNANCY, False): _("Not checked, because nobody asked whether she is pregnant."),
        (BREASTFEEDING, True): _("Not checked, because it is not known whether she is breast-feeding."),
        (BREASTFEEDING, False): _("Not checked, because nobody asked whether she is breast-feeding."),
    }
    return texts[part, answer == Answer.UNKNOWN]


def _if_so(part: str, lines: list[Substance]) -> list[str]:
    """The medicines that would be warned of."""
    named = [line.name for line in lines if any(rule.level == AVOID for rule in rules_for(line, part)[:1])]
    if not named:
        return []
    if part == PREGNANCY:
        return [_("If she is pregnant, these are to be avoided: %(names)s.") % {"names": listed(named)}]
    return [_("If she is breast-feeding, these are to be avoided: %(names)s.") % {"names": listed(named)}]


def _uncovered(part: str, lines: list[Substance], about: str) -> list[str]:
    named = [line.name for line in lines if not rules_for(line, part)]
    if not named:
        return []
    return [
        _("Not checked %(about)s, because no rule is known here: %(names)s.") % {"about": about, "names": listed(named)}
    ]


def _warnings(
    kind: str, part: str, lines: list[Substance], about: str, *, of_chart: bool, below: float | None = None
) -> list[Finding]:
    """The strictest warning about each medicine; `below`: only rules for an eGFR above this one."""
    found = []
    for line in lines:
        rules = [rule for rule in rules_for(line, part) if below is None or below < rule.below]
        worst = next(iter(rules), None)
        if worst and worst.level != ALLOWED:
            found.append(by_caution(kind, part, line, worst, about, of_chart=of_chart))
    return found


# --- Kidneys and liver -----------------------------------------------------------------------------------------------


def check_organs(lines: list[Substance], patient: Situation) -> Outcome:
    """Medicines against kidney and liver disease, by what is recorded."""
    found: list[Finding] = []
    because: list[str] = []
    kidneys = patient.kidneys
    if kidneys:
        about = _("with an eGFR of about %(egfr)s (“%(said)s”)") % {"egfr": round(kidneys.egfr), "said": kidneys.said}
        if not kidneys.is_exact:
            about = _("with kidney disease (“%(said)s”)") % {"said": kidneys.said}
            because.append(_("Not checked below an eGFR of 60, because no stage or creatinine is recorded."))
        if kidneys.egfr < _highest():
            found += _warnings(Kind.KIDNEY_LIVER, KIDNEY, lines, about, of_chart=True, below=kidneys.egfr)
            because += _uncovered(KIDNEY, lines, _("with kidney disease"))
    else:
        because.append(_("Kidneys: not checked, because no creatinine, eGFR or kidney disease is recorded."))
    if patient.liver:
        about = _("with liver disease (“%(said)s”)") % {"said": patient.liver}
        found += _warnings(Kind.KIDNEY_LIVER, LIVER, lines, about, of_chart=True)
        because += _uncovered(LIVER, lines, _("with liver disease"))
    else:
        because.append(_("Liver: not checked, because no liver disease is recorded and nobody asked."))
    if patient.recorded.unused:
        unused = listed(list(patient.recorded.unused))
        because.append(_("Recorded conditions that this check does not use: %(names)s.") % {"names": unused})
    rules = (*cautions(KIDNEY), *cautions(LIVER))
    return Outcome(found, because, compared(len(rules), {rule.source for rule in rules}))


def _highest() -> int:
    """The highest eGFR below which a rule counts."""
    return max(rule.below for rule in cautions(KIDNEY))


# --- Age -------------------------------------------------------------------------------------------------------------


def check_age(lines: list[Substance], patient: Situation) -> Outcome:
    """Medicines against the youngest age, and those to be avoided in the old."""
    if patient.years is None:
        return Outcome([], [_("Not checked, because the date of birth is not known.")], "")
    if patient.years < GROWN:
        return _of_child(lines, patient.years)
    if patient.years < OLDER:
        return Outcome([], [], _("No age rule applies from 18 to 64 years."))
    found = _warnings(Kind.AGE, OLD, lines, _("from 65 years"), of_chart=False)
    rules: tuple[Caution, ...] = cautions(OLD)
    unknown = [one for line in lines for one in line.each if not one.is_known]
    return Outcome(found, unclear_names.not_compared(unknown), compared(len(rules), {rule.source for rule in rules}))


def _of_child(lines: list[Substance], years: float) -> Outcome:
    found = []
    for line in lines:
        for generic in sorted(line.generics & youngest().keys()):
            least, source = youngest()[generic]
            if years < least:
                text = _("%(medicine)s: not under %(age)s (%(source)s).") % {
                    "medicine": line.name,
                    "age": show_years(least),
                    "source": source.named,
                }
                key = key_of(Kind.AGE, generic, line.name)
                found.append(Finding(key, Kind.AGE, line.name, text, rule=f"{Kind.AGE}:{generic}"))
    unknown = [line.name for line in lines if not line.generics & youngest().keys()]
    because = (
        [_("Not checked, because no minimum age is known here: %(names)s.") % {"names": listed(unknown)}]
        if unknown
        else []
    )
    used = {source for _years, source in youngest().values()}
    return Outcome(found, because, compared(len(youngest()), used))


def show_years(years: float) -> str:
    """An age for people: 8 years, 6 months, 1 week."""
    if years >= 1:
        return _("%(number)s years") % {"number": f"{years:g}"}
    if years * 12 >= 1:
        return _("%(number)s months") % {"number": round(years * 12)}
    return _("%(number)s weeks") % {"number": max(1, round(years * 52))}
