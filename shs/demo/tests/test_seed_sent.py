"""What the demo's patients were sent, and how they are reached."""

from collections import Counter

from django.test import TestCase

from shs.core.phones import MADE_UP
from shs.demo.tests.test_seed import Network
from shs.notices.models import Notice
from shs.users.models import ContactPoint, Correction, User
from shs.users.seeding import account


class WhatIsSentTests(Network, TestCase):
    """Texts and corrections of the demo."""

    def test_the_offices_lists_of_texts_and_corrections_are_not_empty(self):
        texts = Notice.objects.by_sms()
        self.assertGreater(texts.filter(state="sent").count(), 2)
        self.assertFalse(texts.filter(user__email__isnull=False).exists())
        self.assertTrue(all(MADE_UP.fullmatch(number) for number in texts.values_list("number", flat=True)))
        desk = account("desk1")
        waiting = Correction.objects.allowed(desk, "decide").waiting()
        self.assertGreater(waiting.count(), 0)
        self.assertTrue(all(row.present != row.wanted for row in waiting))

    def test_most_patients_have_a_phone_alone_and_some_share_it_or_know_no_day_of_birth(self):
        people = User.objects.filter(demo_name__startswith="patient")
        self.assertEqual(people.filter(email__isnull=True).count() * 3, people.count() * 2)
        phones = Counter(ContactPoint.objects.phones().filter(person__in=people).values_list("value", flat=True))
        self.assertGreater(max(phones.values()), 1)
        self.assertTrue(people.filter(profile__birth_precision="year").exists())
