"""Quiet hours, and what texts may cost in a day."""

from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import time_machine
from django.test import TestCase, override_settings
from django.utils import timezone

from shs.core.health import warnings
from shs.core.tests.misbehaving import FAULTS, Misbehaving, answers
from shs.notices import budget
from shs.notices.kinds import Kind
from shs.notices.models import Notice, SmsDay, State
from shs.notices.readiness import LAST
from shs.notices.sms import USED_UP
from shs.notices.tests.texting import Texting, gateway_at
from shs.testing import TestUsers

NIGHT = (time(21), time(8))
DHAKA = ZoneInfo("Asia/Dhaka")


def dhaka(hour: int, minute: int = 0, *, day: int = 25) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=DHAKA)


class QuietHours(TestCase):
    def test_they_are_in_the_zone_of_the_clinic_and_may_span_midnight(self):
        with override_settings(SMS_QUIET_HOURS=NIGHT):
            for now, until in [
                (dhaka(20, 59), None),
                (dhaka(21), dhaka(8, day=26)),
                (dhaka(23, 59), dhaka(8, day=26)),
                (dhaka(0), dhaka(8)),
                (dhaka(7, 59), dhaka(8)),
                (dhaka(8), None),
            ]:
                with self.subTest(now=now):
                    self.assertEqual(budget.quiet_until(now), until)
        with override_settings(SMS_QUIET_HOURS=(time(13), time(15))):
            self.assertEqual([budget.quiet_until(dhaka(14)), budget.quiet_until(dhaka(15))], [dhaka(15), None])
        with override_settings(SMS_QUIET_HOURS=None):
            self.assertIsNone(budget.quiet_until(dhaka(3)))


class Sending(Texting, TestUsers, TestCase):
    def at(self, now: datetime, *tell: tuple[Kind, datetime], **more) -> tuple[int, list[Notice]]:
        """How many of these notices, each with the time of its visit, a gateway gets at `now`."""
        with time_machine.travel(now, tick=False):
            told = [self.told(kind, starts=starts_at - now) for kind, starts_at in tell]
            with Misbehaving(answers({})) as server, gateway_at(server.url, **{"SMS_QUIET_HOURS": NIGHT, **more}):
                self.send(now)
        for row in told:
            row.refresh_from_db()
        return len(server.requests), told

    def test_what_can_wait_is_sent_when_the_quiet_hours_end(self):
        now, visit = dhaka(22), dhaka(10, day=27)
        count, (told,) = self.at(now, (Kind.BOOKED, visit))
        self.assertEqual((count, told.state, told.next_at, told.attempts), (0, State.QUEUED, dhaka(8, day=26), 0))
        count, _none = self.at(dhaka(8, day=26))
        self.assertEqual(count, 1)

    def test_codes_and_changes_of_the_same_day_pass(self):
        now = dhaka(6)
        told = [(Kind.IDENTITY_CODE, dhaka(9)), (Kind.CANCELLED, dhaka(9)), (Kind.DOCTOR_LATE, dhaka(9))]
        self.assertEqual(self.at(now, *told)[0], 3)
        self.assertEqual(self.at(now, (Kind.CANCELLED, dhaka(9, day=26)), (Kind.BOOKED, dhaka(9)))[0], 0)

    def test_a_visit_that_is_moved_away_from_today_is_a_change_of_today(self):
        with time_machine.travel(dhaka(6), tick=False):
            told = self.told(Kind.RESCHEDULED, data={"from_at": dhaka(9), "starts_at": dhaka(9, day=29)})
        self.assertTrue(budget.cannot_wait(told, dhaka(6)))
        self.assertFalse(budget.cannot_wait(told, dhaka(6, day=24)))

    def test_what_is_useless_after_the_quiet_hours_is_told_by_phone(self):
        _count, (told,) = self.at(dhaka(22), (Kind.BOOKED, dhaka(7, 30, day=26)))
        self.assertEqual(told.state, State.CALL)

    def test_what_is_over_the_limit_of_its_clinic_waits_for_the_next_day_or_is_told_by_phone(self):
        now, cap = dhaka(12), {"SMS_PRICE": Decimal("0.40"), "SMS_DAY_CAP": Decimal("0.80")}
        far, near = dhaka(10, day=28), dhaka(17)
        count, told = self.at(now, *[(Kind.BOOKED, far)] * 3, (Kind.BOOKED, near), **cap)
        self.assertEqual(count, 2)
        self.assertEqual([row.state for row in told], [State.SENT, State.SENT, State.QUEUED, State.CALL])
        self.assertEqual((told[2].next_at, told[2].error, told[2].cost), (dhaka(8, day=26), USED_UP, 0))
        self.assertEqual(self.at(dhaka(12, 1), (Kind.CANCELLED, near), **cap)[0], 1, "today's change passes")
        self.assertEqual(SmsDay.objects.get().spent, 1200)
        self.assertEqual(self.at(dhaka(8, day=26), **cap)[0], 1)

    def test_clinics_have_limits_of_their_own(self):
        now, cap = dhaka(12), {"SMS_PRICE": Decimal("0.40"), "SMS_DAY_CAP": Decimal("0.40")}
        self.assertEqual(self.at(now, (Kind.BOOKED, dhaka(10, day=28)), **cap)[0], 1)
        with time_machine.travel(now, tick=False):
            told = self.told()
        Notice.objects.without_history("of another clinic").filter(pk=told.pk).update(charged_to="clinic:2")
        self.assertEqual(self.at(now, **cap)[0], 1)

    def test_a_long_bangla_text_costs_its_segments(self):
        self.alice.speak("bn")
        _count, (told,) = self.at(dhaka(12), (Kind.BOOKED, dhaka(10, day=28)))
        self.assertGreater(told.segments, 1)
        self.assertEqual(told.cost, told.segments * 400)

    def test_a_limit_of_zero_is_none(self):
        many = [(Kind.BOOKED, dhaka(10, day=28))] * 3
        self.assertEqual(self.at(dhaka(12), *many, SMS_DAY_CAP=Decimal(0))[0], 3)


class Warnings(Texting, TestUsers, TestCase):
    def test_a_gateway_that_takes_nothing_is_a_warning(self):
        for _number in range(LAST):
            self.told()
        with Misbehaving(FAULTS["404"]) as server, gateway_at(server.url):
            self.send()
            self.assertIn("none of the last 5 texts", warnings()["sms"])
        self.told()
        with Misbehaving(answers({})) as server, gateway_at(server.url):
            self.send()
            self.assertEqual(warnings()["sms"], "")

    def test_a_used_up_limit_is_a_warning(self):
        SmsDay.objects.create(day=timezone.localdate(), charged_to="clinic:1", spent=499_900)
        with gateway_at("http://127.0.0.1:1"):
            self.assertIn("1 clinic", warnings()["sms"])
        self.assertEqual(warnings()["sms"], "", "without a gateway nothing is spent")

    def test_the_system_page_shows_gateway_and_cost(self):
        SmsDay.objects.create(day=timezone.localdate(), charged_to="clinic:1", spent=12_400)
        self.client.force_login(self.frank, backend="shs.users.backends.EmailBackend")
        with gateway_at("http://127.0.0.1:1"):
            page = self.client.get("/admin/system/").content.decode()
        for words in ("12.40 BDT; each clinic may spend 500.00 BDT a day", "nothing was sent yet"):
            self.assertIn(words, page)

    def test_waiting_times_do_not_count_as_attempts(self):
        told = self.told()
        with gateway_at("http://127.0.0.1:1", SMS_QUIET_HOURS=(time(0), time(23, 59))):
            self.send(timezone.now().replace(hour=3))
        told.refresh_from_db()
        self.assertEqual((told.attempts, told.state), (0, State.QUEUED))
        self.assertGreater(told.next_at, timezone.now() - timedelta(days=1))
