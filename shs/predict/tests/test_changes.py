"""Changes of red flags, phrases and triage levels take two clinicians, who see before what would be missed."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import SimpleTestCase
from django.urls import reverse
from django.utils import timezone

from shs.core.due.registry import jobs
from shs.core.errors import Forbidden, StepRefused
from shs.notices.kinds import Kind
from shs.notices.letters import letter_of
from shs.notices.models import Notice
from shs.predict import changes
from shs.predict.admin.changes import _told_list
from shs.predict.models import Condition, ConditionSymptom, KnowledgeChange, RedFlag, Symptom, Triage, WordList
from shs.predict.predictor import knowledge
from shs.predict.services import is_urgent
from shs.predict.sets import OPEN, Sample, read_set
from shs.predict.snapshot import Snapshot
from shs.predict.tests.changing import TEXT, Base, bites
from shs.predict.tests.once import read_once
from shs.testing import Api
from shs.users.models import User


class Waiting(Base):
    def setUp(self):
        super().setUp()
        self.enterContext(mock.patch.object(changes, "read_set", bites))

    def test_a_change_by_one_does_not_change_the_answer_and_a_second_clinician_makes_it_count(self):
        change = self.alone(["sunflower fell"])
        changes.measure()
        self.assertEqual((self.flags(), "snake-bite" in self.flags("snake bite")), ([], True))
        self.step(self.frank, change)
        self.assertEqual(self.flags(), [], "Not by the one who asked.")
        self.step(self.freya, change)
        self.assertEqual((self.flags(), "snake-bite" in self.flags("snake bite")), (["snake-bite"], False))
        change.refresh_from_db()
        self.assertEqual((change.status, change.decided_by), ("confirmed", self.freya))
        line = self.rule().history.first()
        self.assertIn("asked by Frank, confirmed by Freya", line.history_change_reason)

    def test_a_verified_doctor_may_confirm_and_others_may_not(self):
        change = self.ask("sunflower fell")
        changes.measure()
        for user in (self.frank, self.alice, self.dave, self.erin, self.grace, self.henry, self.irene):
            with self.subTest(user=user.name):
                self.assertIn(self.step(user, change).status_code, (302, 403, 404))
                self.assertIn(self.step(user, change, "decline", reason="x").status_code, (302, 403, 404))
                change.refresh_from_db()
                self.assertEqual(change.status, "waiting")
        self.assertEqual(self.step(self.carol, change).status_code, 302)
        change.refresh_from_db()
        self.assertEqual(change.status, "confirmed")

    def test_the_service_refuses_the_asker_and_a_third_person_withdrawing(self):
        change, now = self.ask("sunflower fell"), timezone.now()
        changes.measure()
        change.refresh_from_db()
        for act in (
            lambda: changes.confirm(change=change, by=self.frank, now=now),
            lambda: change.decline(by=self.frank, reason="x", now=now),
            lambda: change.withdraw(by=self.freya, now=now),
        ):
            with self.assertRaises(Forbidden):
                act()
        self.assertEqual(KnowledgeChange.objects.get().status, "waiting")

    def test_declined_and_withdrawn_changes_change_nothing(self):
        for by, name, status in ((self.freya, "decline", "declined"), (self.frank, "withdraw", "withdrawn")):
            change = self.ask("sunflower fell")
            self.step(by, change, name, reason="too broad")
            change.refresh_from_db()
            self.assertEqual((change.status, self.flags()), (status, []))
            self.assertIn(self.step(self.freya, change).status_code, (200, 403))
            self.assertEqual(self.flags(), [])

    def test_only_one_change_of_a_row_waits(self):
        self.ask("sunflower fell")
        with self.assertRaises(StepRefused):
            self.ask("moonflower fell", by=self.freya)

    def test_it_is_not_confirmed_before_it_is_measured_nor_with_an_old_measure_nor_for_who_has_left(self):
        change, now = self.ask("sunflower fell"), timezone.now()

        def confirm() -> None:
            changes.confirm(change=KnowledgeChange.objects.get(pk=change.pk), by=self.freya, now=now)

        with self.assertRaisesMessage(StepRefused, "being measured"):
            confirm()
        changes.measure()
        other = WordList.objects.first()
        other.reviewed_by = "Dr. X"
        other.save()
        with self.assertRaisesMessage(StepRefused, "being measured"):
            confirm()
        changes.measure()
        User.objects.without_history("test").filter(pk=self.frank.pk).update(is_active=False)
        with self.assertRaisesMessage(StepRefused, "has left"):
            confirm()
        self.assertEqual(self.flags(), [])

    def test_it_is_not_confirmed_if_the_row_has_changed_since_or_its_values_are_not_allowed(self):
        change, now = self.ask("sunflower fell"), timezone.now()
        rule = self.rule()
        rule.message = "Other."
        rule.save()
        changes.measure()
        with self.assertRaisesMessage(StepRefused, "changed since"):
            changes.confirm(change=KnowledgeChange.objects.get(pk=change.pk), by=self.freya, now=now)
        change.withdraw(by=self.frank, now=now)
        change = self.alone(["..."])
        changes.measure()
        with self.assertRaises(StepRefused):
            changes.confirm(change=KnowledgeChange.objects.get(pk=change.pk), by=self.freya, now=now)
        self.assertEqual(self.rule().groups, rule.groups)

    def test_what_is_new_is_not_in_use_until_it_is_confirmed(self):
        now = timezone.now()
        rule = RedFlag(slug="sun", name="Sun", groups=[["sunflower fell"]], message="Go.", source="the tests")
        change = changes.store(rule, by=self.frank, now=now)
        symptom = Symptom(slug="sunny", name="Sunflower on the head", synonyms=["sunflower fell"])
        changes.store(symptom, by=self.frank, now=now)
        ConditionSymptom.objects.create(
            condition=Condition.objects.first(), symptom=symptom, usual="hallmark", source="the tests"
        )
        words = WordList(slug="sun-words", words=["sunflower"])
        changes.store(words, by=self.frank, now=now)
        self.assertEqual(self.flags(), [])
        self.assertEqual(knowledge().guess([TEXT]).matched, [])
        Api(self.alice).post("/predict/disease", {"symptoms": ["fever", "headache"]})
        rule.refresh_from_db()
        self.assertFalse(rule.is_active)
        changes.measure()
        self.step(self.freya, change)
        self.assertEqual(self.flags(), ["sun"])

    def test_removing_waits_too(self):
        rule = self.rule()
        rule.is_active = False
        changes.store(rule, by=self.frank, now=timezone.now())
        self.assertIn("snake-bite", self.flags("snake bite"))

    def test_what_an_answer_depends_on_waits_and_other_fields_change_at_once(self):
        now = timezone.now()
        condition = Condition.objects.get(slug="appendicitis")
        condition.triage, condition.advice, condition.source = Triage.SELF_CARE, "Rest.", "the tests"
        words = WordList.objects.get(slug="chest")
        words.words, words.reviewed_by = ["sunflower"], "Dr. X"
        symptom = Symptom.objects.get(slug="fever")
        symptom.synonyms = ["sunflower"]
        for row in (condition, words, symptom):
            self.assertIsNotNone(changes.store(row, by=self.frank, now=now))
        condition.refresh_from_db()
        words.refresh_from_db()
        symptom.refresh_from_db()
        self.assertEqual((condition.triage, condition.source), (Triage.NOW, "the tests"))
        self.assertNotEqual(condition.advice, "Rest.")
        self.assertNotIn("sunflower", [*words.words, *symptom.synonyms])
        self.assertEqual(words.reviewed_by, "Dr. X")
        self.assertTrue(is_urgent(["pain around the navel, pain right lower belly, not hungry"]))

    def test_the_other_clinicians_are_told_once_until_they_have_read_it(self):
        self.ask("sunflower fell")
        told = Notice.objects.filter(kind=Kind.KNOWLEDGE_CHANGE)
        self.assertEqual({one.user for one in told}, {self.freya, self.carol})
        letter = letter_of(told.get(user=self.carol))
        self.assertIn("waits for a second clinician", letter.subject)
        self.assertIn("Frank", letter.text)
        words = WordList.objects.get(slug="chest")
        words.words = ["sunflower"]
        changes.store(words, by=self.frank, now=timezone.now())
        self.assertEqual(told.all().count(), 2)
        told.get(user=self.carol).mark_read(now=timezone.now())
        symptom = Symptom.objects.get(slug="fever")
        symptom.synonyms = ["sunflower"]
        changes.store(symptom, by=self.frank, now=timezone.now())
        self.assertEqual(told.all().count(), 3)


class Office(Base):
    def setUp(self):
        super().setUp()
        self.enterContext(mock.patch.object(changes, "read_set", bites))

    def form(self, rule: RedFlag, **changed: str) -> dict[str, str]:
        return {
            "name": rule.name,
            "slug": rule.slug,
            "groups": "\n".join(" | ".join(group) for group in rule.groups),
            "message": rule.message,
            "message_bn": rule.message_bn,
            "shows_hotline": "",
            "is_active": "on",
            "source": rule.source,
            "seen": "",
            **changed,
        }

    def test_the_form_of_a_row_asks_and_the_page_shows_what_would_be_missed(self):
        rule = self.rule()
        page = reverse("admin:predict_redflag_change", args=(rule.pk,))
        answer = self.as_(self.frank).post(page, self.form(rule, groups="sunflower fell"))
        self.assertEqual(answer.status_code, 302, answer.content[:2000])
        change = KnowledgeChange.objects.get()
        self.assertEqual((change.changes, self.flags()), ({"groups": [["sunflower fell"]]}, []))
        seen = reverse("admin:predict_knowledgechange_change", args=(change.pk,))
        self.assertContains(self.as_(self.freya).get(seen), "is being measured")
        changes.measure()
        for user in (self.freya, self.carol):
            self.assertContains(self.as_(user).get(seen), "This would miss")
            dialog = reverse("admin:predict_knowledgechange_step", args=(change.pk, "confirm"))
            self.assertContains(self.as_(user).get(dialog), "+ sunflower fell")

    def test_hostile_posts_change_nothing(self):
        rule = self.rule()
        page = reverse("admin:predict_redflag_change", args=(rule.pk,))
        hostile = {"status": "confirmed", "decided_by": str(self.freya.pk), "changes": "{}", "asked_by": "1"}
        for user in (self.alice, self.carol, self.dave, self.erin, self.irene):
            self.as_(user).post(page, self.form(rule, groups="sunflower fell"))
        self.assertFalse(KnowledgeChange.objects.exists())
        change = self.ask("sunflower fell")
        for user in (self.frank, self.freya, self.carol):
            self.as_(user).post(reverse("admin:predict_knowledgechange_change", args=(change.pk,)), hostile)
            self.as_(user).post(reverse("admin:predict_knowledgechange_add"), hostile) if user is self.frank else None
            for name in ("confirm_alone", "confirm-alone", "apply", "measure", ""):
                self.as_(user).post(f"/admin/predict/knowledgechange/{change.pk}/step/{name}/", hostile)
        stored = KnowledgeChange.objects.get()
        self.assertEqual((stored.status, stored.asked_by, stored.changes), ("waiting", self.frank, change.changes))
        self.assertEqual(self.flags(), [])

    def test_an_imported_change_waits_and_new_rows_are_not_in_use(self):
        rule = self.rule()
        text = (
            "slug,name,groups,message,message_bn,shows_hotline,source,is_active\n"
            f"{rule.slug},Bitten,sunflower fell,{rule.message.replace(',', ';')},,0,the tests,1\n"
            "sun,Sun,sunflower fell,Go.,,0,the tests,1\n"
        )
        client = self.as_(self.frank)
        page = reverse("admin:predict_redflag_import")
        upload = SimpleUploadedFile("flags.csv", text.encode(), content_type="text/csv")
        checked = client.post(page, {"format": "0", "import_file": upload, "resource": ""})
        self.assertContains(checked, "sunflower fell")
        self.assertFalse(KnowledgeChange.objects.exists(), "The check stores nothing.")
        done = client.post(reverse("admin:predict_redflag_process_import"), checked.context["confirm_form"].initial)
        self.assertEqual(done.status_code, 302)
        self.assertEqual(KnowledgeChange.objects.waiting().count(), 2)
        self.assertEqual(self.flags(), [])
        self.assertEqual((self.rule().name, self.rule().groups), (rule.name, rule.groups))
        self.assertEqual(KnowledgeChange.objects.waiting().of(rule).get().changes["name"], "Bitten")
        self.assertFalse(RedFlag.objects.get(slug="sun").is_active)


class Preview(Base):
    SET = (
        ("a", "snake bite on my foot", "now"),
        ("b", "সাপে কামড় দিয়েছে", "now"),
        ("c", "sunflower fell", "now"),
        ("d", "sunflower fell gently", "soon"),
        ("e", "runny nose", "soon"),
    )

    def measured(self, change: KnowledgeChange):
        with TemporaryDirectory() as folder:
            path = Path(folder) / "set.jsonl"
            rows = [{"id": one, "text": text, "language": "en", "triage": when} for one, text, when in self.SET]
            path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
            with mock.patch.object(changes, "OPEN", path):
                self.assertEqual(jobs()["measure_changes"].work(now=timezone.now(), dry_run=True), 1)
                self.assertEqual(jobs()["measure_changes"].work(now=timezone.now()), 1)
                self.assertEqual(jobs()["measure_changes"].work(now=timezone.now()), 0)
        change.refresh_from_db()
        return change.measured

    def test_it_counts_and_names_what_would_be_missed_found_and_raised(self):
        effect = self.measured(self.alone(["sunflower fell"]))
        self.assertEqual((effect.emergencies, effect.found, effect.found_then), (3, 2, 1))
        self.assertEqual((effect.harmless, effect.alarms, effect.alarms_then), (2, 0, 1))
        self.assertEqual(effect.missed, ["a: snake bite on my foot", "b: সাপে কামড় দিয়েছে"])
        self.assertEqual((effect.newly_found, effect.new_alarms), (["c: sunflower fell"], ["d: sunflower fell gently"]))
        self.assertEqual(effect.calmed, [])
        self.assertEqual(self.flags(), [], "Measuring changes nothing.")

    def test_measuring_leaves_no_line_in_the_history(self):
        change = self.alone(["sunflower fell"])
        self.measured(change)
        self.assertEqual(change.history.count(), 1)

    def test_in_memory_and_stored_knowledge_agree(self):
        samples = read_set(OPEN)[::15]
        present = Snapshot.now()
        self.assert_stored_is_as_urgent(present, samples)
        words = WordList.objects.get(slug="chest")
        words.words = ["sunflower"]
        condition = Condition.objects.get(slug="appendicitis")
        condition.triage = Triage.SELF_CARE
        symptom = Symptom.objects.get(slug="fever")
        symptom.is_active = False
        for row in (words, condition, symptom):
            then = Snapshot.now().with_row(row)
            row.save()
            self.assert_stored_is_as_urgent(then, samples)

    def assert_stored_is_as_urgent(self, known: Snapshot, samples: list[Sample]) -> None:
        with read_once():
            for one in samples:
                self.assertEqual(known.is_urgent(one.texts, one.case), is_urgent(one.texts, one.case), one.id)


class Told(SimpleTestCase):
    def test_of_a_group_only_the_phrases_that_differ_are_told(self):
        for old, new, told in (
            (["a", "b"], ["b", "c"], "− a + c"),
            ([["a", "b"]], [["b", "c", "d"]], "− a + c | d"),
            ([["a"], ["b", "c"], ["d"]], [["a"], ["b"], ["d", "e"]], "(2) − c; (3) + e"),
            ([["a"]], [["a"], ["b"]], "+ b"),
            ([["a"], ["b"]], [["a"]], "− b"),
        ):
            with self.subTest(told):
                self.assertEqual(_told_list(old, new), told)
