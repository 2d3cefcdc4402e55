"""What the office offers for the rows of a model: every one can be listed, viewed, added, changed and removed, each by
those to whom the grant table gives it, or the model says why not. `manage.py check` refuses a model that says nothing
(shs/core/admin/crud.py), which also makes the table in shs/README.md."""

from dataclasses import dataclass


@dataclass(frozen=True, init=False)
class By:
    """It is done by these actions of the grant table, such as By("amend")."""

    actions: tuple[str, ...]

    def __init__(self, *actions: str) -> None:
        object.__setattr__(self, "actions", actions)


@dataclass(frozen=True)
class Never:
    """It is not offered in the office, `because`."""

    because: str


@dataclass(frozen=True, kw_only=True)
class Crud:
    """How rows are added, changed and removed in the office. The default is the action of Django's page."""

    add: By | Never = By("add")
    change: By | Never = By("change")
    remove: By | Never = By("delete")


@dataclass(frozen=True)
class NoPages:
    """The rows have no pages of their own in the office, `because`."""

    because: str
