"""No broken links on any page that a demo user reaches from the dashboard."""

from django.test import tag

from shs.testing import INSIDE
from shs.tests.crawl import Crawl
from shs.tests.generate import ManyPages, one_class_each


@tag("replay", "any_database")
class Crawling(ManyPages):
    who: str

    def test_no_link_leads_to_an_error(self):
        crawl = Crawl(self.people[self.who]).run()
        self.assertEqual(crawl.broken, [])
        self.assertIn("/admin/password_change/", crawl.pages)
        self.assertGreater(len(crawl.pages), 20)


@one_class_each("who", ["frank"])
class Links(Crawling):
    """For the admin, who sees the most lists and filters."""


@one_class_each("who", [name for name in INSIDE if name != "frank"])
class FewerLinks(Crawling):
    """For all others, whose pages come from the same queries with fewer rows."""
