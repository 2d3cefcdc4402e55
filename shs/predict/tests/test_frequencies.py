"""Frequencies and base rates are changed by two, and by one alone only where there is nobody else."""

from datetime import timedelta
from decimal import Decimal
from unittest import mock

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from shs.core.errors import Forbidden, StepRefused
from shs.notices.kinds import Kind
from shs.notices.letters import letter_of
from shs.notices.models import Notice
from shs.predict import changes
from shs.predict.admin.changes import told_differences, told_effect
from shs.predict.models import Condition, ConditionSymptom, KnowledgeChange, Symptom
from shs.predict.predictor import knowledge
from shs.predict.sets import read_vignettes
from shs.predict.snapshot import Snapshot
from shs.predict.tests.changing import Base, bites
from shs.users.models import AccountTouch, Touched, User


class Alone(Base):
    """A clinic with one clinician."""

    def setUp(self):
        super().setUp()
        self.enterContext(mock.patch.object(changes, "read_set", bites))
        self.change = self.ask("sunflower fell")
        changes.measure()
        User.objects.without_history("test").filter(pk__in=[self.freya.pk, self.carol.pk]).update(is_active=False)

    def confirm(self, *, hours: float, by: User | None = None) -> None:
        change = KnowledgeChange.objects.get(pk=self.change.pk)
        changes.confirm_alone(change=change, by=by or self.frank, now=change.asked_at + timedelta(hours=hours))

    def test_who_asked_confirms_after_a_day_and_the_auditors_are_told(self):
        with self.assertRaisesMessage(StepRefused, "24 hours"):
            self.confirm(hours=23.9)
        for user in (self.carol, self.irene):
            with self.assertRaises(Forbidden):
                self.confirm(hours=25, by=user)
        self.confirm(hours=24)
        change = KnowledgeChange.objects.get()
        self.assertEqual((change.status, change.is_alone, change.decided_by), ("confirmed", True, self.frank))
        self.assertEqual(self.flags(), ["snake-bite"])
        self.assertIn("without a second clinician", self.rule().history.first().history_change_reason)
        told = Notice.objects.get(kind=Kind.KNOWLEDGE_CHANGE, user=self.irene)
        self.assertIn("one person alone", letter_of(told).subject)

    def test_not_while_there_is_another_clinician_also_one_that_the_asker_has_put_aside(self):
        for user in (self.freya, self.carol):
            User.objects.without_history("test").filter(pk=user.pk).update(is_active=True)
            with self.assertRaisesMessage(StepRefused, "Another person can decide"):
                self.confirm(hours=25)
            self.assertIn(self.step(self.frank, self.change, "confirm_alone").status_code, (200, 403, 404, 409))
            User.objects.without_history("test").filter(pk=user.pk).update(is_active=False)
        moment = timezone.now()
        AccountTouch.objects.create(user=self.carol, by=self.frank, what=Touched.SUSPENDED, at=moment)
        with self.assertRaisesMessage(StepRefused, "Another person can decide"):
            self.confirm(hours=25)
        self.assertEqual((KnowledgeChange.objects.get().status, self.flags()), ("waiting", []))


class Frequencies(Base):
    """How usual a symptom is in a condition."""

    def pair(self) -> ConditionSymptom:
        return ConditionSymptom.objects.select_related("condition").get(
            condition__slug="appendicitis", symptom__slug="fever"
        )

    def test_a_frequency_a_base_rate_and_a_new_pair_wait_and_the_preview_counts_stories(self):
        now, pair = timezone.now(), self.pair()
        old, pair.usual, pair.percent = pair.usual, "hallmark" if pair.usual == "rare" else "rare", Decimal("35")
        change = changes.store(pair, by=self.frank, now=now)
        pair.refresh_from_db()
        self.assertEqual((pair.usual, change.changes["percent"]), (old, "35.0"))
        condition = Condition.objects.get(slug="dengue")
        condition.base, condition.is_active = "rare", False
        other = changes.store(condition, by=self.frank, now=now)
        self.assertEqual(other.changes, {"base": "rare", "is_active": False})
        self.assertIn("Frequency", told_differences(other)[0])
        symptom = Symptom.objects.exclude(pairs__condition=pair.condition).first()
        new = ConditionSymptom(condition=pair.condition, symptom=symptom, usual="rare", source="the tests")
        changes.store(new, by=self.frank, now=now)
        self.assertFalse(ConditionSymptom.objects.get(pk=new.pk).is_active)
        self.assertNotIn(pair.condition.pk, knowledge().chances.get(symptom.pk, {}))
        with mock.patch.object(changes, "read_set", bites):
            changes.measure()
        for one in (change, other):
            one.refresh_from_db()
            self.assertGreater(one.measured.first, one.measured.ranked / 2)
            self.assertTrue(any("stories" in line for line in told_effect(one.measured, 3)))
        self.assertLess(other.measured.first_then, other.measured.first)
        changes.confirm(change=change, by=self.carol, now=now)
        pair.refresh_from_db()
        self.assertEqual((pair.usual, pair.percent), (change.changes["usual"], Decimal("35.0")))

    def test_in_memory_and_stored_knowledge_agree(self):
        pair, stories = self.pair(), read_vignettes()[::20]
        pair.is_active = False
        then = Snapshot.now().with_row(pair)
        pair.save()
        self.assertEqual(then.firsts(stories), Snapshot.now().firsts(stories))
        self.assertEqual(then.known.chances, knowledge().chances)

    def test_the_symptoms_of_a_condition_that_is_not_in_use_change_at_once(self):
        pair = self.pair()
        Condition.objects.filter(pk=pair.condition.pk).first()
        pair.condition.is_active = False
        pair.condition.save()
        pair.usual = "sometimes"
        self.assertIsNone(changes.store(pair, by=self.frank, now=timezone.now()))
        self.assertEqual(self.pair().usual, "sometimes")

    def test_the_form_and_the_import_ask_and_nobody_deletes(self):
        pair, client = self.pair(), self.as_(self.frank)
        usual = "common" if pair.usual != "common" else "rare"
        form = {"condition": pair.condition.pk, "symptom": pair.symptom.pk, "usual": usual, "source": "x", "seen": ""}
        page = reverse("admin:predict_conditionsymptom_change", args=(pair.pk,))
        self.assertEqual(client.post(page, {**form, "is_active": "on"}).status_code, 302)
        self.assertIn(usual, KnowledgeChange.objects.get().changes.values())
        self.assertIn(
            client.post(reverse("admin:predict_conditionsymptom_delete", args=(pair.pk,)), {"post": "yes"}).status_code,
            (403, 404),
        )
        condition = reverse("admin:predict_condition_change", args=(pair.condition.pk,))
        self.assertContains(client.get(condition), pair.symptom.name)
        self.assertTrue(ConditionSymptom.objects.filter(pk=pair.pk, usual=pair.usual).exists())

    def test_an_import_that_waits_for_nobody_does_not_say_so(self):
        self.ask("sunflower fell")
        pair, client = self.pair(), self.as_(self.frank)
        for usual, source, waits in ((pair.usual, "the tests", False), ("sometimes", "the tests", True)):
            if waits and pair.usual == "sometimes":
                usual = "rare"
            text = f"condition,symptom,usual,source\nappendicitis,fever,{usual},{source}\n"
            upload = SimpleUploadedFile("pairs.csv", text.encode(), content_type="text/csv")
            page = reverse("admin:predict_conditionsymptom_import")
            checked = client.post(page, {"format": "0", "import_file": upload, "resource": ""})
            done = client.post(
                reverse("admin:predict_conditionsymptom_process_import"),
                checked.context["confirm_form"].initial,
                follow=True,
            )
            with self.subTest(waits=waits):
                self.assertIs("wait for a second clinician" in done.content.decode(), waits)
