"""Static files: served from a list made at start, or looked up for each request in tests and with DEBUG."""

import tempfile
from pathlib import Path

from django.test import Client, SimpleTestCase

OURS = "/static/shs/admin.css"


class Served(SimpleTestCase):
    def body(self, address: str) -> bytes:
        answer = Client().get(address)
        self.assertEqual(answer.status_code, 200)
        return answer.getvalue()

    def test_a_file_is_looked_up_for_each_request(self):
        self.assertIn(b".shs-", self.body(OURS))

    def test_with_the_list_made_at_start_the_same_files_are_served(self):
        looked_up = self.body(OURS)
        with self.settings(WHITENOISE_AUTOREFRESH=False):
            self.assertEqual(self.body(OURS), looked_up)

    def test_a_server_serves_collected_files_only(self):
        with tempfile.TemporaryDirectory() as root:
            (Path(root) / "page.0123456789ab.css").write_text("p { margin: 0 }")
            with self.settings(STATIC_ROOT=root, WHITENOISE_USE_FINDERS=False, WHITENOISE_AUTOREFRESH=False):
                self.assertEqual(self.body("/static/page.0123456789ab.css"), b"p { margin: 0 }")
                self.assertEqual(Client().get(OURS).status_code, 404)
                self.assertEqual(Client().get("/static/../settings.py").status_code, 404)
