"""Private calendar links: those of guardians, reminders, the end by logging out everywhere, and the page in a
browser."""

from datetime import time, timedelta
from unittest import mock

from django.test import TestCase
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from shs.appointment.models import CalendarFeed
from shs.appointment.services import book
from shs.appointment.tests.readers import READERS, by_icalendar
from shs.appointment.tests.test_feeds import Linked, fetch
from shs.core.reads.models import ReadLog
from shs.testing import Api, TestUsers, later, soon
from shs.tests.browser import BrowserTestCase
from shs.users import families
from shs.users.models import User
from shs.users.tests.test_families import Family


class OfGuardians(Linked, Family, TestCase):
    def book_for(self, person: User, hour: int = 13) -> None:
        at = time(hour)
        with mock.patch("shs.appointment.services.booking.require_room"):
            book(patient=person, doctor_id=self.dr_carol.pk, date=soon(), time=at, now=timezone.now())

    def words(self, url: str, reader=by_icalendar) -> list[str]:
        return [event.summary for event in reader(fetch(url).content)]

    def test_a_guardian_follows_the_visits_of_their_child_as_long_as_they_are_its_guardian(self):
        url = self.by_api(self.bob)
        self.assertEqual(self.words(url), [])
        self.book_for(self.tara)
        for reader in READERS:
            self.assertEqual(self.words(url, reader), ["Visit of Tara to Dr. Carol"])
        line = ReadLog.objects.filter(reader=self.bob, what="visits").latest("pk")
        self.assertEqual((len(line.ids), line.subject, line.basis), (1, self.tara, "guardian"))
        before = fetch(url)["ETag"]
        families.end(link=self.link, by=self.bob, reason="moved away", now=timezone.now())
        self.assertEqual((self.words(url), fetch(url)["ETag"] == before), ([], False))

    def test_it_ends_when_the_child_comes_of_age_and_others_see_nothing(self):
        url, other = self.by_api(self.bob), self.by_api(self.alice)
        self.book_for(self.teo)
        self.assertEqual((len(self.words(url)), self.words(other)), (1, ["Visit to Dr. Carol"]))
        with mock.patch.object(families.Guardianship.objects.__class__, "in_force", lambda rows, now: rows.none()):
            self.assertEqual(self.words(url), [])

    def test_many_children_cost_no_more_queries_than_one(self):
        url = self.by_api(self.bob)
        self.book_for(self.tara)
        fetch(url)
        with self.assertNumQueries(6):
            fetch(url)
        self.book_for(self.teo, hour=14)
        fetch(url)
        with self.assertNumQueries(6):
            fetch(url)


class Reminders(Linked, TestCase):
    def alarms(self, url: str) -> list[timedelta]:
        return [alarm.decoded("trigger") for alarm in Calendar.from_ical(fetch(url).content).walk("VALARM")]

    def test_there_is_none_until_it_is_asked_for_in_the_office_or_the_api(self):
        url = self.by_api(self.alice)
        self.assertEqual(self.alarms(url), [])
        first = fetch(url)["ETag"]
        (row,) = Api(self.alice).get("/calendar-feeds/").json()["items"]
        call = Api(self.alice)
        answer = call.patch(f"/calendar-feeds/{row['id']}", {"alarm_minutes": 60})
        self.assertEqual((answer.status_code, answer.json()["alarm_minutes"]), (200, 60))
        self.assertEqual((self.alarms(url), fetch(url)["ETag"] == first), ([timedelta(hours=-1)], False))
        for reader in READERS:
            self.assertEqual(len(reader(fetch(url).content)), 1)
        self.assertEqual(call.patch(f"/calendar-feeds/{row['id']}", {"alarm_minutes": 61}).status_code, 422)
        self.assertEqual(Api(self.bob).patch(f"/calendar-feeds/{row['id']}", {"alarm_minutes": 60}).status_code, 404)
        self.visit.cancel()
        self.assertEqual(self.alarms(url), [], "nobody is reminded of a visit that does not take place")
        self.assertEqual(self.alarms(self.by_api(self.alice, alarm_minutes=1440)), [])
        call.delete(f"/calendar-feeds/{CalendarFeed.objects.live().get().pk}")
        self.assertEqual(call.patch(f"/calendar-feeds/{row['id']}", {"alarm_minutes": None}).status_code, 409)

    def test_the_office_sets_and_removes_it(self):
        client, page = self.office(self.carol), reverse("admin:calendars")
        url = client.post(page, {"renew": "doctor-", "alarm": "15"}).context["made"]["url"]
        self.assertEqual(self.alarms(url), [timedelta(minutes=-15)])
        feed = CalendarFeed.objects.live().get(owner=self.carol)
        for alarm, expected in (("120", [timedelta(hours=-2)]), ("7", []), ("60", [timedelta(hours=-1)]), ("", [])):
            client.post(page, {"remind": feed.pk, "alarm": alarm})
            self.assertEqual(self.alarms(url), expected)
        self.office(self.erin).post(page, {"remind": feed.pk, "alarm": "60"})
        for pk in ("", "x", "9" * 30):
            client.post(page, {"remind": pk, "alarm": "60"})
        self.assertEqual(self.alarms(url), [])


class LoggedOut(Linked, TestCase):
    def test_logging_out_everywhere_ends_the_links_and_says_so(self):
        for choice in ("others", "all"):
            with self.subTest(choice=choice):
                carol = User.objects.get(pk=self.carol.pk)
                url, other = self.in_office(carol, "doctor-"), self.by_api(self.alice)
                page = self.office(carol).post(reverse("admin:sessions"), {"everywhere": choice}, follow=True)
                self.assertEqual((fetch(url).status_code, fetch(other).status_code), (404, 200))
                if choice == "others":
                    self.assertContains(page, "calendar links have ended")
        self.assertContains(self.office(self.erin).get(reverse("admin:sessions")), "private calendar links")
        self.assertEqual(CalendarFeed.objects.live().filter(owner=self.carol).count(), 0)

    def test_an_admin_who_logs_somebody_out_ends_theirs(self):
        url = self.by_api(self.alice)
        step = f"/admin/users/user/{self.alice.pk}/step/log_out/"
        self.office(self.frank).post(step, {"reason": "a lost phone"})
        self.assertEqual(fetch(url).status_code, 404)
        with later(days=1):
            self.assertEqual(fetch(self.by_api(User.objects.get(pk=self.alice.pk))).status_code, 200)


class PageInBrowser(TestUsers, BrowserTestCase):
    def test_a_link_is_made_copied_and_ended(self):
        self.make_people()
        for width in (1440, 390):
            page = self.open(width=width, height=844)
            page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=self.live_server_url)
            self.log_in(page, self.carol.email)
            page.goto(reverse("admin:calendars"))
            page.get_by_label("Reminder in the calendar").select_option(label="1 hour before")
            page.get_by_role("button", name="Make a link").click()
            field = page.get_by_label("Link (in the calendar")
            url = field.input_value()
            self.assertIn("token=", url)
            page.get_by_role("button", name="Copy link").click()
            page.get_by_role("button", name="Copied").wait_for()
            self.assertEqual(page.evaluate("navigator.clipboard.readText()"), url)
            self.assertEqual(page.get_by_label("Reminder in the calendar").input_value(), "60")
            self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), width)
            self.assertEqual(fetch(url).status_code, 200)
            page.get_by_role("button", name="End link").click()
            self.is_told(page, "The calendar link has ended.")
            self.assertEqual(fetch(url).status_code, 404)
