"""No broken links: for each demo user, all pages reachable from the dashboard."""

from django.test import tag

from shs.testing import INSIDE
from shs.tests.crawl import Crawl
from shs.tests.generate import ManyPages, one_class_each


@tag("replay")
class Crawling(ManyPages):
    who: str

    def test_no_link_leads_to_an_error(self):
        crawl = Crawl(self.people[self.who]).run()
        self.assertEqual(crawl.broken, [])
        self.assertIn("/admin/password_change/", crawl.pages)
        self.assertGreater(len(crawl.pages), 20)


@one_class_each("who", ["frank"])
class Links(Crawling):
    """Of the admin, who sees most lists with most filters."""


@tag("any_database")
@one_class_each("who", [name for name in INSIDE if name != "frank"])
class FewerLinks(Crawling):
    """Of all others, whose pages are made by the same queries with less rows."""
