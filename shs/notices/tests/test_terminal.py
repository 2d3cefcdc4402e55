"""Mails on a developer's machine: one line each."""

from io import StringIO

from django.core.mail import EmailMultiAlternatives, get_connection
from django.test import SimpleTestCase, override_settings

BACKEND = "shs.notices.terminal.EmailBackend"


class TerminalMail(SimpleTestCase):
    def sent(self, *mails: tuple[str, str, list[str]]) -> list[str]:
        """The output for mails given as (subject, text, recipients)."""
        out = StringIO()
        post = get_connection(BACKEND, stream=out)
        messages = [EmailMultiAlternatives(subject, text, None, to) for subject, text, to in mails]
        for message in messages:
            message.attach_alternative("<p>The same as HTML</p>", "text/html")
        self.assertEqual(post.send_messages(messages), len(mails))
        return out.getvalue().splitlines()

    @override_settings(DEBUG=True)
    def test_a_line_has_recipient_subject_and_link(self):
        text = "Dear Alice,\n\nset a new password:\n\nhttp://localhost:3000/reset?code=a-b_c\n\nThe clinic"
        lines = self.sent(("New password", text, ["alice@clinic.example"]), ("Hello", "No link.", ["b@c.example"]))
        self.assertEqual(
            lines,
            [
                "Mail to alice@clinic.example: New password http://localhost:3000/reset?code=a-b_c",
                "Mail to b@c.example: Hello",
            ],
        )

    @override_settings(DEBUG=True)
    def test_several_recipients_are_on_the_same_line(self):
        lines = self.sent(("Hello", "", ["a@clinic.example", "b@clinic.example"]))
        self.assertEqual(lines, ["Mail to a@clinic.example, b@clinic.example: Hello"])

    @override_settings(DEBUG=False)
    def test_login_links_are_not_printed_without_debug(self):
        lines = self.sent(("New password", "http://localhost:3000/reset?code=secret", ["alice@clinic.example"]))
        self.assertEqual(lines, ["Mail to alice@clinic.example: New password"])
