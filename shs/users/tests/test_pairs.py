"""Who is listed as possibly registered twice."""

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from shs.core.ages import Birth
from shs.core.errors import StepRefused
from shs.testing import TestUsers
from shs.users import identity, pairs
from shs.users.contacts import set_phone
from shs.users.models import Guardianship, PersonIdentifier, PossibleDouble, User

PHONE, OTHER = "01712-345678", "01812-345678"


class Pairs(TestUsers, TestCase):
    def person(self, name: str, phone: str = PHONE, born: int = 1980, gender: str = "male") -> User:
        person = User.objects.create_user(None, name=name)
        if phone:
            set_phone(person=person, text=phone, now=timezone.now())
        profile = person.profile
        profile.be_born(Birth(timezone.localdate().replace(year=born, month=6, day=15)), timezone.localdate())
        profile.gender = gender
        profile.save()
        return person

    def find(self) -> list[tuple[User, User]]:
        pairs.find(now=timezone.now())
        rows = PossibleDouble.objects.open().select_related("first", "second").order_by("pk")
        return [(row.first, row.second) for row in rows]

    def test_the_same_phone_and_a_like_name_in_either_script(self):
        first = self.person("Md. Rahim Uddin")
        second = self.person("রহিম উদ্দিন", born=1982)
        self.person("Karim Uddin")
        self.person("Rahim Uddin", phone=OTHER)
        self.assertEqual(self.find(), [(first, second)])
        self.assertEqual(pairs.find(now=timezone.now()), 0)

    def test_who_differs_by_age_or_sex_or_is_the_guardian_is_somebody_else(self):
        father = self.person("Rahim Uddin", born=1980)
        self.person("Rahim Uddin", born=2004)
        self.person("Rahim Uddin", gender="female")
        son = self.person("Rahim Uddin", born=1981)
        Guardianship.objects.create(
            guardian=father,
            dependant=son,
            relation="father",
            is_for_minor=False,
            state="active",
            basis="consent",
            since=timezone.now(),
        )
        self.assertEqual(self.find(), [])

    def test_what_was_decided_is_not_asked_again(self):
        first, second = self.person("Rahim Uddin"), self.person("Rohim Uddin")
        self.find()
        row = PossibleDouble.objects.get()
        row.dismiss(by=self.frank, reason="two brothers", now=timezone.now())
        self.assertEqual(self.find(), [])
        self.assertEqual((row.decided_by, row.finding), (self.frank, "two brothers"))
        with self.assertRaises(StepRefused):
            row.dismiss(by=self.frank, reason="again", now=timezone.now())
        self.assertEqual({first, second}, {row.first, row.second})

    def test_a_pair_that_is_not_alike_any_more_goes_and_may_come_back(self):
        self.person("Rahim Uddin")
        second = self.person("Rohim Uddin")
        self.assertEqual(len(self.find()), 1)
        set_phone(person=second, text=OTHER, now=timezone.now())
        self.assertEqual(pairs.find(now=timezone.now(), dry_run=True), 1)
        self.assertEqual(self.find(), [])
        set_phone(person=second, text=PHONE, now=timezone.now())
        self.assertEqual(len(self.find()), 1)
        second.suspend(reason="x")
        self.assertEqual(self.find(), [])

    def test_a_number_that_one_has_and_the_other_had(self):
        first, second = self.person("Rahim Uddin", ""), self.person("Somebody Else", "")
        identity.add(person=first, system="nid", text="1234567890").withdraw(now=timezone.now(), reason="wrong")
        identity.add(person=second, system="nid", text="1234567890")
        self.assertEqual(self.find(), [(first, second)])
        self.assertEqual(PersonIdentifier.objects.live().get().person, second)

    def test_the_queries_are_as_many_for_one_phone_as_for_many(self):
        def queries() -> int:
            with CaptureQueriesContext(
                connection,
            ) as done:
                pairs.find(now=timezone.now())
            return len(done)

        self.person("Rahim Uddin"), self.person("Rohim Uddin")
        self.find()
        few = queries()
        for number in range(20):
            phone = f"0171300{number:04d}"
            self.person("Rahim Uddin", phone), self.person("Rohim Uddin", phone)
        self.find()
        self.assertEqual(queries(), few)
        self.client.force_login(self.frank, backend="shs.users.backends.EmailBackend")
        url = reverse("admin:users_possibledouble_changelist")
        self.client.get(url)
        with CaptureQueriesContext(connection) as done:
            self.client.get(url)
        self.assertLessEqual(len(done), 12)

    def test_a_desk_sees_the_pairs_of_its_clinics_and_says_that_they_are_two(self):
        self.person("Rahim Uddin"), self.person("Rohim Uddin")
        self.find()
        row = PossibleDouble.objects.get()
        self.assertFalse(PossibleDouble.objects.allowed(self.erin, "view").exists())
        self.client.force_login(self.frank, backend="shs.users.backends.EmailBackend")
        page = self.client.get(reverse("admin:users_possibledouble_change", args=(row.pk,)))
        self.assertContains(page, f"Merge, and keep {row.first.patient_number}")
        self.client.post(
            reverse("admin:users_possibledouble_step", args=(row.pk, "dismiss")), {"reason": "two brothers"}
        )
        row.refresh_from_db()
        self.assertEqual((row.state, row.decided_by), ("not_same", self.frank))
