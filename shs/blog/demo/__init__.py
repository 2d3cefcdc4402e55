"""Demo rows: articles, comments, and reports."""

from shs.blog.demo.articles import add_articles
from shs.core.seeding.rows import Demo
from shs.users.seeding import DemoRows


class Articles(DemoRows):
    def finish(self, demo: Demo) -> None:
        demo.made["articles"] += add_articles(seed=demo.seed, now=demo.now)


rows = [Articles()]
