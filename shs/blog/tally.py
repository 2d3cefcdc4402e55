"""Views of articles, counted in memory and written in batches: one write per view would slow down the public site.

A process that is killed loses at most FLUSH_EVERY views, or those of FLUSH_SECONDS.
"""

import threading
import time
from collections import Counter

from django.db.models import F

from shs.blog.models import BlogPost

FLUSH_EVERY, FLUSH_SECONDS = 100, 60

_lock = threading.Lock()
_seen: Counter[int] = Counter()
_since = time.monotonic()


def count_view(post_id: int) -> None:
    """Count one view of an article, to be written later."""
    with _lock:
        _seen[post_id] += 1
        is_due = _seen.total() >= FLUSH_EVERY or time.monotonic() - _since >= FLUSH_SECONDS
    if is_due:
        flush_views()


def flush_views() -> int:
    """Write the counted views, one update per article; returns how many."""
    global _since
    with _lock:
        found, _since = dict(_seen), time.monotonic()
        _seen.clear()
    for post_id, count in sorted(found.items()):
        rows = BlogPost.objects.without_history("a view changes nothing about the article").filter(pk=post_id)
        rows.update(views=F("views") + count)
    return sum(found.values())
