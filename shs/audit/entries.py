"""The entries of the Changes page: changes that belong together, such as a booking with its notices, are one."""

from dataclasses import dataclass, field

from shs.audit.changes import Change, Wanted, changes, number_of, of_request
from shs.core.caller import Caller

PAGE_SIZE = 25
FEW = 10
"""A page with fewer entries is filled up, unless that takes more than MOST_READS reads."""
MOST_READS = 2


@dataclass
class Entry:
    """Changes of one request, newest first; `total` is how many it made, of which `lines` may be the newest."""

    lines: list[Change] = field(default_factory=list)
    total: int = 0


def entries(user: Caller, wanted: Wanted) -> tuple[list[Entry], Wanted | None]:
    """One page of entries that `user` may see, newest first, and the filters of the next page, if there is one. An
    entry that does not fit is shown by its newest lines, and the next page leaves its request out. The changes of one
    request alone are an entry each."""
    found: list[Entry] = []
    for _time in range(MOST_READS):
        lines = changes(user, wanted, limit=PAGE_SIZE + 1)
        shown, rest = lines[:PAGE_SIZE], lines[PAGE_SIZE:]
        for line in shown:
            _add(found, line, alone=bool(wanted.request))
        if not rest:
            return found, None
        wanted = wanted._replace(before=shown[-1].place)
        request = rest[0].request
        if request and not wanted.request and _belong_together(shown[-1], rest[0]):
            found[-1].total = number_of(user, of_request(wanted, request, shown[-1].at))
            wanted = wanted._replace(without=(*wanted.without, request)[-FEW:])
        if len(found) >= FEW:
            break
    return found, wanted


def _add(found: list[Entry], line: Change, *, alone: bool) -> None:
    if alone or not (found and _belong_together(found[-1].lines[-1], line)):
        found.append(Entry())
    found[-1].lines.append(line)
    found[-1].total += 1


def _belong_together(one: Change, other: Change) -> bool:
    """Whether both are of one request; of a job or a command, which have none, whether both are of one kind and
    second."""
    if one.request or other.request:
        return one.request == other.request
    seconds = (one.at.replace(microsecond=0), other.at.replace(microsecond=0))
    return seconds[0] == seconds[1] and (one.kind, one.verb, one.who) == (other.kind, other.verb, other.who)
