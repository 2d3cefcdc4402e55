"""The check of doses: the most that a source gives, once and a day, by age and weight."""

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from shs.prescription.models.lines import WarningKind as Kind
from shs.prescription.services.amounts import Amount, Unread
from shs.prescription.services.findings import Finding
from shs.prescription.services.outcomes import Outcome, compared, key_of, listed
from shs.prescription.services.ruleset import DoseLimit, doses, weekly
from shs.prescription.services.situation import Situation
from shs.prescription.services.substances import Substance

MUCH = 2
"""From so many times the largest dose that a source lists, a warning stops although the source names no maximum."""
ROUNDED = 1.001
UNKNOWN_AGE = 30.0
"""The age whose limits are compared if it is not known: what is too much for adults is too much."""


def check_doses(lines: list[Substance], amounts: list[Amount | Unread], patient: Situation) -> Outcome:
    """The doses of the medicines `lines`, whose `amounts` were read from what is written."""
    found: list[Finding] = []
    because: list[str] = []
    for line, amount in zip(lines, amounts, strict=True):
        why = _why_not(line, amount, patient)
        if why:
            because.append(
                _("The dose of %(medicine)s is not checked, because %(why)s.") % {"medicine": line.name, "why": why}
            )
        if isinstance(amount, Amount) and not amount.is_weekly:
            found += _of_weekly(line)
        if isinstance(amount, Amount) and why in ("", _no_age(), _as_needed()):
            found += _of_line(line, amount, patient)
    used = {limit.source for of_one in doses().values() for limit in of_one}
    said = compared(sum(map(len, doses().values())), used)
    if unread := [line.name for line in lines if not line.is_strength_checked]:
        words = _("Nobody has checked the strength that the catalogue gives; read it on the box: %(names)s.")
        told = words % {"names": listed(unread)}
        said, because = (said, [*because, told]) if found or because else (f"{said} {told}", because)
    return Outcome(found, because, said)


def _of_weekly(line: Substance) -> Iterator[Finding]:
    """The warning about a medicine that is written for more than once a week and must not be."""
    for generic in sorted(line.generics & weekly().keys()):
        text = _("%(medicine)s: once a week, never daily; daily doses have killed. Write the day (%(source)s).")
        words = text % {"medicine": line.name, "source": weekly()[generic].named}
        rule = f"{generic}-weekly"
        yield Finding(key_of(Kind.DOSE, rule, line.name), Kind.DOSE, line.name, words, rule=f"{Kind.DOSE}:{rule}")


def _why_not(line: Substance, amount: Amount | Unread, patient: Situation) -> str:
    """Why the dose of a line cannot be compared; empty if it can."""
    known = [generic for generic in line.generics if generic in doses()]
    if not line.is_known:
        return _("the name is not in the catalogue")
    if line.can_be_several:
        return _("it is not known which medicine is meant")
    if not known:
        return _("no limit of it is known here")
    if isinstance(amount, Unread):
        return str(amount.because)
    if len(_parts(line)) != len(amount.once):
        return _("which amount belongs to which part is not known")
    if patient.years is None:
        return _no_age()
    limits = [limit for generic in known for limit in _fitting(generic, amount, patient.years)]
    if not limits:
        return _("no limit is known for this age or way of giving it")
    if patient.kg is None and not any(limit.once or limit.day for limit in limits):
        return _("the weight is not recorded")
    return _as_needed() if amount.is_open else ""


def _no_age() -> str:
    return _("the age is not known (compared with the limits of adults)")


def _as_needed() -> str:
    return _("it is taken as needed, and how often at most is not written (compared once, and as one dose a day)")


def _fitting(generic: str, amount: Amount, years: float) -> list[DoseLimit]:
    return [
        limit
        for limit in doses().get(generic, ())
        if limit.way == amount.way and limit.from_years <= years < limit.to_years
    ]


def _of_line(line: Substance, amount: Amount, patient: Situation) -> Iterator[Finding]:
    for generic, once, day in zip(_parts(line), amount.once, amount.day, strict=True):
        yield from _worst(
            line,
            _fitting(generic, amount, UNKNOWN_AGE if patient.years is None else patient.years),
            once,
            day,
            patient.kg,
        )


def _parts(line: Substance) -> list[str]:
    """The generics in the order of the name, which is that of their strengths; empty if the name does not tell it."""
    if len(line.generics) == 1:
        return list(line.generics)
    name = line.name.casefold()
    return sorted(line.generics, key=name.find) if all(generic in name for generic in line.generics) else []


def _worst(
    line: Substance, limits: Iterable[DoseLimit], once: float, day: float, kg: float | None
) -> Iterator[Finding]:
    """The warning about the limit that stops, or else about the first that is exceeded."""
    limits = list(limits)
    has_most = any(limit.is_most for limit in limits)
    found = [warning for limit in limits for warning in _beyond(line, limit, once, day, kg, has_most)]
    if found:
        yield sorted(found, key=lambda warning: not warning.stops)[0]


def _beyond(
    line: Substance, limit: DoseLimit, once: float, day: float, kg: float | None, has_most: bool
) -> Iterator[Finding]:
    for given, fixed, per_kg, is_day in (
        (day, limit.day, limit.day_kg, True),
        (once, limit.once, limit.once_kg, False),
    ):
        most = _most(fixed, per_kg, kg)
        if not most or given <= most * ROUNDED:
            continue
        stops = limit.is_most or (not has_most and given >= MUCH * most)
        per = f" ({_number(per_kg)} mg/kg)" if per_kg and kg and most < (fixed or most + 1) else ""
        text = _text(is_day, limit.is_most) % {
            "medicine": line.name,
            "given": show_mg(given),
            "most": f"{show_mg(most)}{per}",
            "source": limit.source.named,
        }
        rule = f"{limit.generic}-{'day' if is_day else 'once'}"
        yield Finding(key_of(Kind.DOSE, rule, line.name), Kind.DOSE, line.name, text, stops, f"{Kind.DOSE}:{rule}")


def _text(is_day: bool, is_most: bool) -> str:
    if is_day and is_most:
        return _("%(medicine)s: %(given)s a day; at this age at most %(most)s a day (%(source)s).")
    if is_day:
        return _("%(medicine)s: %(given)s a day; the largest dose listed at this age is %(most)s a day (%(source)s).")
    if is_most:
        return _("%(medicine)s: %(given)s at once; at this age at most %(most)s (%(source)s).")
    return _("%(medicine)s: %(given)s at once; the largest dose listed at this age is %(most)s (%(source)s).")


def _most(fixed: float, per_kg: float, kg: float | None) -> float:
    """The lower of the limits that can be computed; 0 without one."""
    by_weight = per_kg * kg if per_kg and kg else 0
    return min(fixed, by_weight) if fixed and by_weight else fixed or by_weight


def show_mg(mg: float) -> str:
    """An amount for people: 8 g, 500 mg, 62.5 micrograms."""
    if mg >= 1000:
        return f"{_number(mg / 1000)} g"
    if mg >= 1:
        return f"{_number(mg)} mg"
    return _("%(number)s micrograms") % {"number": _number(mg * 1000)}


def _number(value: float) -> str:
    return f"{round(value, 2):g}"
