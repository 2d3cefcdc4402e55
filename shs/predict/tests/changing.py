"""What the tests of changes for two clinicians share."""

from pathlib import Path

from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from shs.predict import changes
from shs.predict.models import KnowledgeChange, RedFlag
from shs.predict.sets import Sample, read_set
from shs.predict.urgency import red_flags
from shs.testing import TestUsers, make_user
from shs.tests.prepared import prepared
from shs.users.models import Role, User

TEXT = "sunflower fell from the sky"
"""No word of it is in the rules."""


def bites(path: Path) -> list[Sample]:
    """The samples of bites: measuring all of a set takes seconds."""
    return [sample for sample in read_set(path) if "-bite-" in sample.id]


class Base(TestUsers, TestCase):
    @classmethod
    @prepared
    def make_people(cls):
        super().make_people()
        cls.freya = make_user("Freya", Role.ADMIN)

    def as_(self, user: User) -> Client:
        client = Client()
        client.force_login(user, backend="shs.users.backends.EmailBackend")
        return client

    def rule(self) -> RedFlag:
        return RedFlag.objects.get(slug="snake-bite")

    def ask(self, *phrases: str, by: User | None = None) -> KnowledgeChange:
        """A change of the rule for snake bites that adds `phrases` to its first group."""
        rule = self.rule()
        rule.groups = [[*rule.groups[0], *phrases], *rule.groups[1:]]
        change = changes.store(rule, by=by or self.frank, now=timezone.now())
        assert change is not None
        return change

    def alone(self, *groups: list[str]) -> KnowledgeChange:
        rule = self.rule()
        rule.groups = list(groups)
        change = changes.store(rule, by=self.frank, now=timezone.now())
        assert change is not None
        return change

    def step(self, by: User, change: KnowledgeChange, name: str = "confirm", **data: str):
        return self.as_(by).post(reverse("admin:predict_knowledgechange_step", args=(change.pk, name)), data)

    def flags(self, text: str = TEXT) -> list[str]:
        return [rule.slug for rule in red_flags(text)]
