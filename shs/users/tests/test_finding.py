"""Finding people by their name as it is heard, phone and date of birth."""

from datetime import date

from django.db import connection
from django.test import SimpleTestCase, TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from shs.testing import TestUsers, make_user
from shs.users import contacts
from shs.users.finding import find_people, read_wanted
from shs.users.models import Role, User


class Wanted(SimpleTestCase):
    def test_a_text_is_taken_apart(self):
        born = date(1980, 5, 12)
        for text, phone, when, named in (
            ("Rohoman", "", None, True),
            ("01712 345-678", "01712 345-678", None, False),
            ("+৮৮০ ১৭১২৩৪৫৬৭৮", "+880 1712345678", None, False),
            ("12/5/1980", "", born, False),
            ("1980-05-12", "", born, False),
            ("১২/০৫/১৯৮০", "", born, False),
            ("Rohoman 5678 12.5.1980", "5678", born, True),
            ("31/2/1980", "1980", None, False),
            ("Rahman 123", "", None, True),
            ("", "", None, False),
            ("?!", "", None, False),
        ):
            with self.subTest(text=text):
                wanted = read_wanted(text)
                self.assertEqual((wanted.number, wanted.born, bool(wanted.name.strip())), (phone, when, named))


class People(TestUsers, TestCase):
    @classmethod
    def make_people(cls):
        super().make_people()
        cls.rahman = cls.person("Md. Abdur Rahman", "+880 1712-345678", date(1980, 5, 12))
        cls.karim = cls.person("করিম শেখ", "01812 345679", date(1990, 1, 2))

    @classmethod
    def person(cls, name: str, phone: str, born: date) -> User:
        user = make_user(name, Role.PATIENT, email=f"p{User.objects.count()}@example.com")
        contacts.set_phone(person=user, text=phone, now=timezone.now())
        user.profile.date_of_birth = born
        user.profile.save()
        return user

    def found(self, text: str, viewer: User | None = None) -> set[str]:
        return {user.name for user in find_people(User.objects.all(), text, viewer=viewer or self.frank, most=99)}

    def test_a_name_is_found_as_it_is_heard_and_by_its_beginning(self):
        for text in (
            "Rohoman",
            "rehman abdur",
            "রহমান",
            "মোহাম্মদ রহমান",
            "Rah",
            "রহ",
            "Md Rahman",
            "ＲＡＨＭÁＮ",
            "Rahmzn",
            "Rhman",
            "Rahmaan",
        ):
            with self.subTest(text=text):
                self.assertIn(self.rahman.name, self.found(text))
        for text in ("Karim", "Kareem Shaikh", "কৰিম", "korim sk", "Karin"):
            with self.subTest(text=text):
                self.assertIn(self.karim.name, self.found(text))
        for text in ("Rahman Karim", "Chowdhury", "qqlrhmn", "'", '"', "a'b:*", "-", "*"):
            with self.subTest(text=text):
                self.assertEqual(self.found(text), set())

    def test_a_phone_is_found_by_any_four_digits_in_any_spelling(self):
        for text in ("5678", "1712", "01712", "+8801712345678", "008801712345678", "01712-345 678", "১৭১২", "23456"):
            with self.subTest(text=text):
                self.assertIn(self.rahman.name, self.found(text))
        self.assertEqual(self.found("5679"), {self.karim.name})
        self.assertEqual(self.found("567"), set())

    def test_a_patient_number_is_found_with_its_check_digit_alone(self):
        number = self.rahman.patient_number
        for text in (number, number.replace("-", ""), f"{number} Rohoman"):
            with self.subTest(text=text):
                self.assertEqual(self.found(text, self.erin), {self.rahman.name})
        wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
        self.assertEqual(self.found(wrong), set())

    def test_a_name_in_bangla_is_found_beside_the_latin_one(self):
        self.rahman.rename_bn("আনোয়ারা")
        for text in ("আনোয়ারা", "Anowara", "Rahman"):
            with self.subTest(text=text):
                self.assertEqual(self.found(text), {self.rahman.name})

    def test_an_age_that_was_told_is_no_date_of_birth(self):
        self.rahman.profile.birth_precision = "year"
        self.rahman.profile.save()
        self.assertEqual(self.found("12/5/1980"), set())

    def test_all_parts_must_fit(self):
        self.assertEqual(self.found("Rohoman 5678 12/5/1980"), {self.rahman.name})
        self.assertEqual(self.found("Karim 5678"), set())
        self.assertEqual(self.found("12/5/1980"), {self.rahman.name})
        self.assertEqual(self.found("5/12/1980"), set())

    def test_who_may_not_open_contact_details_needs_the_whole_phone(self):
        for viewer in (self.carol, self.irene, self.alice):
            with self.subTest(viewer=viewer.name):
                self.assertEqual(self.found("345678", viewer), set())
                self.assertEqual(self.found("01712345678", viewer), {self.rahman.name})
                self.assertEqual(self.found("+8801712345678", viewer), {self.rahman.name})
                self.assertEqual(self.found("12/5/1980", viewer), {self.rahman.name})

    def test_what_is_found_follows_each_change(self):
        self.rahman.name = "Salma Begum"
        self.rahman.save(update_fields=["name"])
        self.assertEqual(self.found("Rahman"), set())
        self.assertEqual(self.found("বেগম"), {"Salma Begum"})
        User.objects.without_history("a test").filter(pk=self.rahman.pk).update(name="Habib", name_bn="")
        self.assertEqual(self.found("Habeeb"), {"Habib"})
        contacts.set_phone(person=self.rahman, text="", now=timezone.now())
        self.assertEqual(self.found("01712345678"), set())


class Apart(TestUsers, TestCase):
    """Choosers and results tell people of one name apart, for those who may recognise them."""

    @classmethod
    def make_people(cls):
        super().make_people()
        profile = cls.alice.profile
        profile.gender, profile.date_of_birth = "female", date(1980, 5, 12)
        profile.save()
        contacts.set_phone(person=cls.alice, text="01712345678", now=timezone.now())

    def chooser(self, user: User, term: str) -> list[str]:
        self.client.force_login(user, backend="shs.users.backends.EmailBackend")
        asked = {"app_label": "appointment", "model_name": "appointment", "field_name": "patient", "term": term}
        return [row["text"] for row in self.client.get(reverse("admin:autocomplete"), asked).json()["results"]]

    def test_a_chooser_finds_as_heard_and_shows_age_sex_and_the_phones_end(self):
        (text,) = self.chooser(self.erin, "Alice")
        for part in ("Alice", "years", "Female", "••• 678"):
            self.assertIn(part, text)
        self.assertNotIn("01712", text)
        self.assertEqual(self.chooser(self.frank, "5678"), self.chooser(self.frank, "Alice"))

    def test_a_list_and_ctrl_k_tell_people_apart(self):
        self.client.force_login(self.frank, backend="shs.users.backends.EmailBackend")
        page = self.client.get(reverse("admin:users_user_changelist"), {"q": "Alice"})
        self.assertContains(page, "••• 678")
        page = self.client.get(reverse("admin:search"), {"s": "12/05/1980"})
        self.assertContains(page, "••• 678")

    def test_who_only_sees_names_is_told_no_more(self):
        for text in self.chooser(self.henry, "Alice"):
            self.assertEqual(text, "Alice")

    def test_any_number_of_people_takes_as_many_queries(self):
        def count() -> int:
            with CaptureQueriesContext(connection) as queries:
                self.chooser(self.frank, "Alice")
            return len(queries)

        self.chooser(self.frank, "Alice")
        one = count()
        for number in range(5):
            make_user(f"Alice {number}", Role.PATIENT, email=f"alice{number}@example.com")
        self.assertEqual(count(), one)
