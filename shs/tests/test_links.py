"""Every link that anybody is shown leads somewhere: for each persona, all pages reachable from the dashboard."""

from django.test import TestCase

from shs.testing import EveryModel
from shs.tests.crawl import PERSONAS, Crawl


class LinkTests(EveryModel, TestCase):
    def test_no_link_of_any_persona_leads_to_an_error(self):
        for name in PERSONAS:
            with self.subTest(who=name):
                crawl = Crawl(self.people[name]).run()
                self.assertEqual(crawl.broken, [])
                self.assertIn("/admin/password_change/", crawl.pages)
                self.assertGreater(len(crawl.pages), 20)
