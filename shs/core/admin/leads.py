"""Where a name leads: an app says to which page the rows of a model lead a user, such as a patient's name to the chart
for those who may read it. Lists, search, dashboards and read-only fields all ask here."""

from collections.abc import Callable, Mapping, Sequence

from django.db.models import Model

from shs.core.admin.addresses import page_of
from shs.core.caller import Caller, Member
from shs.core.grants.table import is_member

Rule = Callable[[Member, Sequence[Model]], Mapping[object, str]]
"""The keys of those of some rows of one model that lead `user` elsewhere than to their own page → the address; in the
same number of queries for any number of rows."""
_rules: dict[type[Model], Rule] = {}


def leads_by(model: type[Model], rule: Rule) -> None:
    """Let the names of the rows of `model` lead where `rule` says."""
    _rules[model] = rule


def leads_of(user: Caller, rows: Sequence[Model]) -> Mapping[object, str]:
    """The keys of the rows (of one model) that lead elsewhere than to their own page → the address."""
    if not rows or not is_member(user) or not user.is_authenticated:
        return {}
    rule = _rules.get(rows[0]._meta.concrete_model or type(rows[0]))
    return rule(user, rows) if rule else {}


def lead_of(user: Caller, row: Model) -> str:
    """The address to which the name of `row` leads `user`."""
    return leads_of(user, [row]).get(row.pk) or page_of(row)
