"""The read log: lines cannot be changed, and its seals show the first line that was."""

from contextlib import contextmanager
from datetime import timedelta
from io import StringIO

from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import TestCase
from django.utils import timezone

from shs.core.reads.log import log_read, log_reads
from shs.core.reads.models import AppendOnly, AuditSeal, ReadLog
from shs.core.reads.seal import BATCH, seal
from shs.core.reads.verify import verify
from shs.testing import TestUsers


def later():
    """A time at which all written lines can be sealed."""
    return timezone.now() + timedelta(hours=1)


def broken(last=""):
    """The first problem that the verification of the log finds."""
    return verify(now=timezone.now(), last=last).broken


class Lines(TestUsers, TestCase):
    def setUp(self):
        for number in range(3):
            log_read(self.carol, what="medical records", ids=[number], subject=self.alice, basis="care")
        self.ids = list(ReadLog.objects.order_by("id").values_list("id", flat=True))

    @contextmanager
    def undone(self):
        """Context manager: database changes inside are rolled back."""
        with transaction.atomic():
            yield
            transaction.set_rollback(True)

    def sql(self, statement, *values):
        with connection.cursor() as cursor:
            cursor.execute(statement, values)


class AppendOnlyLines(Lines):
    def test_a_line_cannot_be_changed_or_deleted(self):
        line = ReadLog.objects.first()
        line.note = "nothing to see"
        rows = ReadLog.objects.filter(reader=self.carol)
        for change in (line.save, line.delete, rows.delete, ReadLog.objects.all().delete):
            with self.subTest(change.__qualname__), self.assertRaises(AppendOnly):
                change()
        with self.assertRaises(AppendOnly):
            rows.update(note="nothing to see")
        with self.assertRaises(AppendOnly):
            rows.bulk_update([line], ["note"])
        self.assertEqual(ReadLog.objects.filter(note="").count(), 3)

    def test_a_user_with_lines_in_the_log_cannot_be_deleted(self):
        with self.assertRaises(IntegrityError), transaction.atomic():
            self.carol.delete()

    def test_the_names_of_all_duties_fit_into_the_column(self):
        for user in (self.grace, self.erin, self.irene):
            log_read(user, what="doctor", ids=[1])
            self.assertIn("staff", ReadLog.objects.latest("pk").role)

    def test_a_page_about_several_people_adds_a_line_for_each_in_one_insert(self):
        rows = [(self.alice.pk, [1, 2], "care"), (self.bob.pk, [3], "consent")]
        with self.assertNumQueries(1):
            log_reads(self.carol, what="list", rows=rows)
        self.assertEqual(ReadLog.objects.filter(subject=self.bob).get().ids, [3])


class Seals(Lines):
    def setUp(self):
        super().setUp()
        self.sealed = seal(now=later())

    def test_an_unchanged_log_is_valid(self):
        self.assertEqual(self.sealed, 3)
        self.assertIsNone(broken())

    def test_only_new_lines_are_sealed(self):
        self.assertEqual(seal(now=later()), 0)
        log_read(self.frank, what="medical records", ids=[9], subject=self.alice)
        self.assertEqual(seal(now=later()), 1)
        first, second = AuditSeal.objects.order_by("to_id")
        self.assertEqual(second.previous, first.digest)
        self.assertIsNone(broken())

    def test_a_change_of_any_column_is_found(self):
        for column, value in (
            ("note", "x"), ("basis", "duty"), ("reader_id", self.frank.pk), ("subject_id", self.bob.pk),
            ("ids", "[7]"), ("path", "/"), ("address", "10.0.0.1"), ("role", "admin"),
            ("at", timezone.now() - timedelta(minutes=1)),
        ):  # fmt: skip
            with self.subTest(column), transaction.atomic():
                self.sql(f"UPDATE core_readlog SET {column} = %s WHERE id = %s", value, self.ids[1])  # noqa: S608
                found = broken()
                self.assertEqual((found.line, found.what), (self.ids[1], "changed"))
                transaction.set_rollback(True)

    def test_a_missing_line_is_found(self):
        self.sql("DELETE FROM core_readlog WHERE id = %s", self.ids[0])
        self.assertEqual((broken().line, broken().what), (self.ids[0], "missing"))

    def test_a_missing_last_line_is_found(self):
        self.sql("DELETE FROM core_readlog WHERE id = %s", self.ids[2])
        self.assertEqual((broken().line, broken().what), (self.ids[2], "missing"))

    def test_a_seal_recalculated_after_a_change_is_found(self):
        self.sql("UPDATE core_readlog SET note = 'x' WHERE id = %s", self.ids[1])
        row = AuditSeal.objects.get()
        row.lines[1][1] = "0" * 32
        row.save()
        self.assertEqual(broken().what, "the seal was changed")

    def test_a_missing_seal_is_found(self):
        log_read(self.frank, what="medical records", ids=[9], subject=self.alice)
        seal(now=later())
        AuditSeal.objects.order_by("to_id").first().delete()
        self.assertEqual(broken().what, "a seal is missing")

    def test_the_newest_lines_are_not_sealed_yet(self):
        log_read(self.frank, what="medical records", ids=[9], subject=self.alice)
        self.assertEqual(seal(now=timezone.now()), 0)

    def test_many_lines_get_several_seals(self):
        log_reads(self.carol, what="list", rows=[(self.alice.pk, [n], "care") for n in range(BATCH + 1)])
        self.assertEqual(seal(now=later()), BATCH + 1)
        self.assertEqual(AuditSeal.objects.count(), 3)
        self.assertIsNone(broken())


class Commands(Lines):
    def run_command(self, name, **options):
        out = StringIO()
        call_command(name, stdout=out, **options)
        return out.getvalue()

    def test_they_print_the_count_and_last_digest_or_fail_with_the_line(self):
        self.sql("UPDATE core_readlog SET at = %s", timezone.now() - timedelta(hours=1))
        self.assertIn("seal_audit: 3", self.run_command("run_due", only="seal_audit"))
        self.assertIn(AuditSeal.objects.get().digest, self.run_command("verify_audit"))
        self.sql("UPDATE core_readlog SET note = 'x' WHERE id = %s", self.ids[1])
        with self.assertRaisesMessage(CommandError, f"Line {self.ids[1]} of the read log: changed"):
            self.run_command("verify_audit")
