"""Contact details in the admin: masked in lists, searchable only by users who may see them, and logged when shown."""

from django.test import TestCase
from django.utils import timezone

from shs.core.reads.models import ReadLog
from shs.testing import TestUsers
from shs.users.contacts import set_phone

PHONE = "+8801712345678"


class Masks(TestUsers, TestCase):
    @classmethod
    def make_people(cls):
        super().make_people()
        set_phone(person=cls.alice, text=PHONE, now=timezone.now())

    def page(self, user, url: str) -> str:
        self.client.force_login(user, backend="shs.users.backends.EmailBackend")
        answer = self.client.get(url)
        self.assertEqual(answer.status_code, 200)
        return answer.content.decode()

    def test_a_phone_number_is_masked_in_the_list_and_shown_on_the_page(self):
        for user in (self.erin, self.frank):
            with self.subTest(who=user.name):
                listed = self.page(user, "/admin/users/userprofile/")
                self.assertNotIn("345678", listed.replace(" ", ""))
                self.assertIn("••• 678", listed)
                url = f"/admin/users/userprofile/{self.alice.profile.pk}/change/"
                self.assertIn("01712-345678", self.page(user, url))
                line = ReadLog.objects.get(reader=user)
                self.assertEqual((line.what, line.subject, line.path), ("contact details", self.alice, url))

    def test_an_email_address_is_masked_and_showing_it_is_logged(self):
        url = f"/admin/users/user/{self.alice.pk}/change/"
        for user in (self.irene, self.carol, self.erin):
            with self.subTest(who=user.name):
                self.assertNotIn(self.alice.email, self.page(user, "/admin/users/user/"))
                self.assertNotIn(self.alice.email, self.page(user, url))
        self.assertFalse(ReadLog.objects.filter(what="contact details").exists())
        self.assertIn(self.alice.email, self.page(self.frank, url))
        self.assertTrue(ReadLog.objects.filter(what="contact details", reader=self.frank, subject=self.alice).exists())

    def test_hidden_email_addresses_cannot_be_searched(self):
        for user, finds in ((self.frank, True), (self.irene, False), (self.erin, False)):
            for url in ("/admin/users/user/?q=alice@ex", "/admin/search/?extended=1&s=alice@ex"):
                with self.subTest(who=user.name, url=url):
                    found = f"/admin/users/user/{self.alice.pk}/change/" in self.page(user, url)
                    self.assertEqual(found, finds)

    def test_only_officers_can_search_doctors_by_email_address(self):
        for user, finds in ((self.frank, True), (self.grace, True), (self.irene, False), (self.erin, False)):
            with self.subTest(who=user.name):
                page = self.page(user, "/admin/doctors/doctorinformation/?tab=all&q=carol@ex")
                found = f"/admin/doctors/doctorinformation/{self.dr_carol.pk}/change/" in page
                self.assertEqual(found, finds)
