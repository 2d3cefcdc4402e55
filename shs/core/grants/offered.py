"""What a duty made by the clinic may hold: rights that the grant table gives to a built-in duty or to admins, each on
the rows that a line of the table names. So a made duty can give nothing that the table does not know, and its lines are
the table's own conditions."""

from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from operator import or_
from typing import NamedTuple, TypeVar

from django.core import checks
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shs.core.caller import Member
from shs.core.grants.table import Line, Rows, add_lines, everyone, granted_models, parse
from shs.core.labels import Label
from shs.core.records.privacy import Clinical


class Breadth(NamedTuple):
    """Which rows a right is on: a name that is stored, and its words, which end the sentence "Can view visits: …"."""

    key: str
    label: Label


OWN = Breadth("own", _("their own"))
CLINICS = Breadth("clinics", _("of their clinics"))
OTHERS = Breadth("others", _("all but their own"))
NUMBER = Breadth("number", _("only their number"))
ALL = Breadth("all", _("all"))

_breadths: dict[str, Breadth] = {}
_named: dict[Rows, Breadth] = {}
Named = TypeVar("Named", bound=Callable[..., Q])


def rows_are(breadth: Breadth) -> Callable[[Named], Named]:
    """Decorator: name the rows of a condition of the table, such as `@rows_are(CLINICS)`."""

    def mark(rows: Named) -> Named:
        _breadths[breadth.key] = _named[rows] = breadth
        return rows

    return mark


for _one in (OWN, CLINICS, OTHERS, NUMBER, ALL):
    _breadths[_one.key] = _one
rows_are(ALL)(everyone)

_duties: set[str] = set()
_admins: set[str] = set()
_admins_alone: dict[type[models.Model], set[str]] = {}
_presupposed: dict[str, str] = {}
_by_two: dict[type[models.Model], Label] = {}


def offer_lines_of(duties: Iterable[str], admin: str) -> None:
    """Offer the rights of these built-in duties, all of them, so that each can be copied whole; and those of admins
    that `admins_alone` does not name. The rights of other roles follow from who somebody is (the doctor of a patient,
    the patient of a chart, who was given consent, who opened a chart in an emergency): no duty gives them."""
    _duties.update(map(str, duties))
    _admins.add(str(admin))


def admins_alone(model: type[models.Model], *actions: str, because: str) -> None:
    """Let these rights of admins on `model` be part of no made duty."""
    if not because:
        raise TypeError("Say why a duty never has these rights.")
    _admins_alone.setdefault(model, set()).update(actions)


def presuppose(right: str, other: str) -> None:
    """Let `right` be given only together with `other`, without which it opens no page."""
    _presupposed[right] = other


def by_two(*touched: type[models.Model], what: Label) -> None:
    """Let duties that touch these models be confirmed by a second admin; `what` is told. Models with health data are
    always among them."""
    _by_two.update(dict.fromkeys(touched, what))


CHARTS = _("charts")


def touches(model: type[models.Model]) -> Label | None:
    """What a right on `model` touches so that two admins have to agree; None if one may decide."""
    return CHARTS if isinstance(getattr(model, "privacy", None), Clinical) else _by_two.get(model)


# --- Reading ---------------------------------------------------------------------------------------------------------


def right_of(model: type[models.Model], action: str) -> str:
    """The name of a right: "appointment.cancel_appointment"."""
    return f"{model._meta.app_label}.{action}_{model._meta.model_name}"


def is_offered(model: type[models.Model], action: str, line: Line) -> bool:
    """Whether this right of `line` may be part of a made duty."""
    if action not in line.actions:
        return False
    return line.who in _duties or (line.who in _admins and action not in _admins_alone.get(model, ()))


def offered(model: type[models.Model], action: str) -> dict[str, Rows]:
    """The rows on which a made duty may give `action`: the name of a breadth → the condition of the table."""
    found: dict[str, list[Rows]] = {}
    for line in granted_models().get(model, ()):
        if is_offered(model, action, line) and line.rows in _named:
            found.setdefault(_named[line.rows].key, []).append(line.rows)
    return {key: _any_of(found[key]) for key in sorted(found, key=_width)}


def _width(key: str) -> int:
    """The order in which breadths are offered: all rows come last."""
    return len(_breadths) if key == ALL.key else list(_breadths).index(key)


def _any_of(conditions: list[Rows]) -> Rows:
    first, *more = dict.fromkeys(conditions)
    return (lambda user: reduce(or_, (rows(user) for rows in (first, *more)))) if more else first


def all_offered() -> dict[str, dict[str, Rows]]:
    """Every right that may be part of a made duty, with the rows that may be chosen for each."""
    found = {}
    for model, lines in granted_models().items():
        for action in sorted({action for line in lines for action in line.actions}):
            if rows := offered(model, action):
                found[right_of(model, action)] = rows
    return found


def rights_of_line(who: str) -> dict[str, str]:
    """What a built-in duty gives: right → the name of its rows; for a copy."""
    return {
        right_of(model, action): _named[line.rows].key
        for model, lines in granted_models().items()
        for line in lines
        for action in sorted(line.actions)
        if line.who == who and line.rows in _named
    }


def breadth_words(key: str) -> Label:
    """The words of a breadth."""
    return _breadths[key].label if key in _breadths else key


def split(right: str) -> tuple[type[models.Model] | None, str]:
    """Model and action of the name of a right."""
    return parse(*right.split(".", 1)) if "." in right else (None, "")


UNSEEN = frozenset({"view", "add", "choose", "count", "hand_in", "run_desk", "read_chart", "reprint"})
"""The actions that need no page of an existing row of their model; papers are printed again from their visit."""


def lacks(rights: Mapping[str, str]) -> list[tuple[str, str]]:
    """The rights that open no page without another one which is missing: pairs of both."""
    found = []
    for right in rights:
        model, action = split(right)
        if model is None:
            continue
        seen = right_of(model, "view")
        needed = [_presupposed.get(right, "")]
        needed += [seen] if action not in UNSEEN and offered(model, "view") else []
        found += [(right, other) for other in needed if other and other not in rights]
    return found


# --- The lines of made duties ----------------------------------------------------------------------------------------

Held = Callable[[Member], Mapping[str, Mapping[str, str]]]
"""The made duties of a user: name → right → the name of its rows."""


def read_duties(held: Held) -> None:
    """Add the line of made duties to the table, for every model: it gives what `held` returns, as far as it is offered.
    Both forms of the question read it."""

    def lines(user: Member, model: type[models.Model], action: str) -> list[Line]:
        duties = held(user)
        if not duties:
            return []
        right, rows = right_of(model, action), offered(model, action)
        return [
            Line(name, rows[rights[right]], frozenset({action}))
            for name, rights in duties.items()
            if rights.get(right) in rows
        ]

    add_lines(lines)


@checks.register
def every_offered_line_names_its_rows(**kwargs: object) -> list[checks.CheckMessage]:
    """Reports lines that a made duty may hold, but whose rows have no name to choose them by."""
    return [
        checks.Error(
            f"The grant of {action!r} on {model._meta.label} to {line.who} does not name its rows: no duty made by the "
            "clinic could have it.",
            hint=f"Write @rows_are(OWN), @rows_are(CLINICS) or another Breadth on {line.rows.__name__}(), of "
            'shs.core.grants.offered; or admins_alone(Model, "action", because="…") if only admins may have it.',
            obj=model,
            id="shs.E036",
        )
        for model, lines in granted_models().items()
        for line in lines
        for action in sorted(line.actions)
        if is_offered(model, action, line) and line.rows not in _named
    ]
