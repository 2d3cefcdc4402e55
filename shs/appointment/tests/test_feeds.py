"""Private links by which calendars follow visits."""

from datetime import time, timedelta
from unittest import mock
from urllib.parse import parse_qs, urlsplit

from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone, translation

from shs.appointment.models import Appointment, CalendarFeed
from shs.appointment.services import feeds
from shs.appointment.tests.readers import READERS, by_icalendar, kept
from shs.core.grants.held import take
from shs.core.reads.models import ReadLog
from shs.testing import Api, CommittedTestCase, TestUsers, at_once, later, limits, soon
from shs.users.models import Role
from shs.users.services import note_death

BACKEND = "shs.users.backends.EmailBackend"


def fetch(url: str, **headers):
    """What a calendar without a login gets by a link."""
    parts = urlsplit(url)
    return Client().get(parts.path, parse_qs(parts.query), headers=headers)


class Linked(TestUsers):
    """Mixin: makes links in the office and by the API."""

    def by_api(self, user, **body) -> str:
        answer = Api(user).post("/calendar-feeds/", body)
        self.assertEqual(answer.status_code, 201, answer.content)
        return answer.json()["url"]

    def office(self, user) -> Client:
        client = Client()
        client.force_login(user, backend=BACKEND)
        return client

    def in_office(self, user, key: str) -> str:
        answer = self.office(user).post(reverse("admin:calendars"), {"renew": key})
        self.assertEqual(answer.status_code, 200)
        return answer.context["made"]["url"]


class Links(Linked, TestCase):
    def test_a_patient_follows_their_visits_through_all_changes_to_the_end(self):
        url, files = self.by_api(self.alice), []

        def read() -> None:
            answer = fetch(url)
            self.assertEqual(answer.status_code, 200)
            files.append(answer.content)

        def say(path: str, body: dict) -> None:
            call = Api(self.alice)
            path = f"/appointments/{self.visit.pk}/{path}"
            answer = call.patch(path, body) if path.endswith("status") else call.post(path, body)
            self.assertEqual(answer.status_code, 200)

        read()
        say("reschedule", {"date": f"{soon()}", "time": "11:00"})
        read()
        say("reschedule", {"date": f"{soon(4)}", "time": "12:00"})
        read()
        say("status", {"status": "cancelled"})
        read()
        for reader in READERS:
            first = reader(files[0])[0]
            self.assertEqual(
                (first.method, first.summary, first.status), ("PUBLISH", "Visit to Dr. Carol", "TENTATIVE")
            )
            self.assertEqual(first.location, "Lakeside Clinic, Road 2")
            (event,) = kept(reader, files).values()
            self.assertEqual((event.status, event.sequence), ("CANCELLED", 3))
        self.assertFalse(ReadLog.objects.filter(reader=self.alice, what="visits").exists(), "one's own")

    def test_doctor_and_desk_are_told_initials_and_numbers_and_each_reading_is_logged(self):
        self.book(patient=self.bob, at=time(12))
        links = {
            "doctor": (self.carol, self.by_api(self.carol)),
            "office": (self.carol, self.in_office(self.carol, "doctor-")),
            "desk": (self.erin, self.in_office(self.erin, f"clinic-{self.clinic.pk}")),
        }
        self.assertEqual(fetch(links["doctor"][1]).status_code, 404, "renewed in the office")
        for name in ("office", "desk"):
            user, url = links[name]
            answer = fetch(url)
            for reader in READERS:
                words = [event.summary for event in reader(answer.content)]
                self.assertEqual(len(words), 2)
                self.assertIn(f"A. · {self.alice.patient_number}", words[0])
                self.assertIn(f"B. · {self.bob.patient_number}", words[1])
            for secret in ("Alice", "Bob", "chest pain", "@example.com/", "+880"):
                self.assertNotIn(secret, answer.content.decode())
            line = ReadLog.objects.filter(reader=user, what="visits").latest("pk")
            self.assertEqual((len(line.ids), line.path), (2, "/calendars/visits.ics"))
            self.assertTrue(line.note.startswith("calendar link "))

    def test_the_link_is_stored_nowhere_and_shown_once(self):
        url = self.by_api(self.alice)
        token = parse_qs(urlsplit(url).query)["token"][0]
        self.assertGreaterEqual(len(token), 43)
        feed = CalendarFeed.objects.get(owner=self.alice)
        stored = [CalendarFeed.objects.filter(pk=feed.pk).values(), feed.history.values(), ReadLog.objects.values()]
        fetch(url)
        self.assertNotIn(token, str([list(rows) for rows in stored]))
        listed = Api(self.alice).get("/calendar-feeds/").json()
        self.assertEqual(
            [set(row) for row in listed["items"]], [{"id", "kind", "created_at", "read_at", "alarm_minutes"}]
        )
        shown = self.office(self.carol)
        made = shown.post(reverse("admin:calendars"), {"renew": "doctor-"})
        link = made.context["made"]["url"]
        self.assertContains(made, link.replace("&", "&amp;"))
        self.assertContains(made, "webcal://")
        self.assertEqual(made["Cache-Control"], "max-age=0, no-cache, no-store, must-revalidate, private")
        self.assertNotContains(shown.get(reverse("admin:calendars")), parse_qs(urlsplit(link).query)["token"][0])

    def test_a_renewed_or_ended_link_answers_as_one_that_never_was(self):
        former, url = self.by_api(self.alice), self.by_api(self.alice)
        unknown = fetch(url[:-1] + ("A" if url[-1] != "A" else "B"))
        self.assertEqual(unknown.status_code, 404)
        self.assertEqual(fetch(url).status_code, 200)
        (row,) = Api(self.alice).get("/calendar-feeds/").json()["items"]
        self.assertEqual(Api(self.bob).delete(f"/calendar-feeds/{row['id']}").status_code, 404)
        self.assertEqual(Api(self.alice).delete(f"/calendar-feeds/{row['id']}").status_code, 204)
        self.assertEqual(Api(self.alice).delete(f"/calendar-feeds/{row['id']}").status_code, 409)
        for link in (former, url, url.partition("?")[0], f"{url.partition('?')[0]}?token="):
            answer = fetch(link)
            self.assertEqual((answer.status_code, answer.content), (404, unknown.content))
            self.assertEqual(answer["Cache-Control"], "private, no-cache")
        reasons = CalendarFeed.history.values_list("history_change_reason", flat=True)
        self.assertEqual(set(reasons), {"made", "renewed", "revoked"})

    def test_the_office_ends_ones_own_link_and_an_admin_or_the_desk_that_of_others(self):
        client, page = self.office(self.carol), reverse("admin:calendars")
        url = self.in_office(self.carol, "doctor-")
        clinic = self.in_office(self.erin, f"clinic-{self.clinic.pk}")
        own, theirs = (CalendarFeed.objects.live().get(owner=user) for user in (self.carol, self.erin))
        for pk in (theirs.pk, "x", "9" * 30, ""):
            client.post(page, {"end": pk})
        self.assertEqual([fetch(link).status_code for link in (url, clinic)], [200, 200])
        client.post(page, {"end": own.pk})
        self.assertEqual([fetch(link).status_code for link in (url, clinic)], [404, 200])
        step = f"/admin/appointment/calendarfeed/{theirs.pk}/step/revoke/"
        self.assertEqual(self.office(self.carol).post(step).status_code, 404)
        self.office(self.frank).post(step)
        self.assertEqual(fetch(clinic).status_code, 404)
        for key in ("patient-", f"clinic-{self.clinic.pk}", "clinic-999", "", "x"):
            self.assertEqual(client.post(page, {"renew": key}).status_code, 302)
        self.assertFalse(CalendarFeed.objects.live().exists())

    def test_whoever_may_not_follow_visits_gets_no_link(self):
        self.assertEqual(Api(self.alice).post("/calendar-feeds/", {"kind": "doctor"}).status_code, 403)
        self.assertEqual(Api(self.carol).post("/calendar-feeds/", {"kind": "patient"}).status_code, 403)
        self.assertEqual(Api(self.alice).post("/calendar-feeds/", {"kind": "clinic"}).status_code, 422)
        self.assertEqual(Api(self.frank).post("/calendar-feeds/", {}).status_code, 403)
        for user in (self.grace, self.henry, self.irene, self.frank):
            self.assertEqual(self.office(user).get(reverse("admin:calendars")).status_code, 403)

    def test_links_of_the_suspended_the_dead_and_those_who_left_are_unknown(self):
        now = timezone.now()
        links = [
            self.by_api(self.alice),
            self.by_api(self.bob),
            self.by_api(self.carol),
            self.in_office(self.erin, f"clinic-{self.clinic.pk}"),
        ]
        self.assertEqual([fetch(url).status_code for url in links], [200] * 4)
        self.alice.suspend(reason="test")
        note_death(user=self.bob, day=timezone.localdate(), told_by="his sister", reason="told", now=now)
        self.carol.assign(role=Role.PATIENT, duties=[], reason="test")
        take(self.clinic, "run_desk", users=[self.erin])
        self.assertEqual([fetch(url).status_code for url in links], [404] * 4)
        self.alice.reinstate(reason="test")
        self.assertEqual(fetch(links[0]).status_code, 200)

    def test_staff_follow_their_own_visits_as_patients_by_the_app(self):
        self.book(patient=self.erin, at=time(12))
        url = self.by_api(self.erin)
        self.assertEqual([event.summary for event in by_icalendar(fetch(url).content)], ["Visit to Dr. Carol"])

    def test_it_is_in_the_language_of_the_owner_whoever_asks(self):
        self.alice.speak("bn")
        url = self.by_api(self.alice)
        english = fetch(url, **{"Accept-Language": "en"})
        (event,) = by_icalendar(english.content)
        with translation.override("bn"):
            self.assertEqual(event.summary, translation.gettext("Visit to %(doctor)s") % {"doctor": "Dr. Carol"})
            self.assertIn(translation.gettext("My visits").encode(), english.content)
        self.assertNotIn(b"Visit to", english.content)


class Contents(Linked, TestCase):
    def test_a_calendar_that_has_this_version_is_sent_nothing_and_nothing_is_logged(self):
        url = self.by_api(self.carol)
        first = fetch(url)
        tag, since = {"If-None-Match": first["ETag"]}, {"If-Modified-Since": first["Last-Modified"]}
        lines = ReadLog.objects.count()
        for headers in (tag, since, {**tag, **since}):
            answer = fetch(url, **headers)
            self.assertEqual((answer.status_code, answer.content), (304, b""))
            self.assertEqual((answer["ETag"], answer["Cache-Control"]), (first["ETag"], "private, no-cache"))
        self.assertEqual(ReadLog.objects.count(), lines)
        changes = (
            lambda: self.visit.confirm(now=timezone.now()),
            lambda: self.rename("Hill Clinic 2"),
            lambda: self.carol.speak("bn"),
            lambda: self.visit.identify("objected"),
        )
        for change in changes:  # each within the same second
            last = fetch(url)
            change()
            for headers in ({"If-None-Match": last["ETag"]}, {"If-Modified-Since": last["Last-Modified"]}):
                self.assertEqual(fetch(url, **headers).status_code, 200)
            self.assertNotEqual(fetch(url)["ETag"], last["ETag"])
        self.assertEqual(by_icalendar(fetch(url).content), [], "the patient has objected to it")

    def rename(self, name: str) -> None:
        self.clinic.name = name
        self.clinic.save()

    def test_only_a_window_of_days_is_shown_and_of_too_many_visits_those_to_come(self):
        url = self.by_api(self.alice)
        now = timezone.now()
        visits = [self.visit, *(self.book(at=time(9, 20 * number)) for number in range(3))]
        rows = Appointment.objects.without_history("another day")
        for visit, days in zip(visits, (-31, -29, 0, 179), strict=True):
            start = now.replace(hour=6, minute=0, second=0, microsecond=0) + timedelta(days=days)
            rows.filter(pk=visit.pk).update(starts_at=start, ends_at=start + timedelta(minutes=20))
        shown = [event.uid.partition("@")[0] for event in by_icalendar(fetch(url).content)]
        self.assertEqual(shown, [visit.number for visit in visits[1:]])
        with mock.patch.object(feeds, "MOST_EVENTS", 2):
            shown = [event.uid.partition("@")[0] for event in by_icalendar(fetch(url).content)]
        self.assertEqual(shown, [visit.number for visit in visits[2:]])
        with later(days=3):
            shown = [event.uid.partition("@")[0] for event in by_icalendar(fetch(url).content)]
        self.assertEqual(shown, [visit.number for visit in visits[2:]])

    def test_a_read_takes_the_same_few_queries_with_one_visit_and_with_many(self):
        url = self.by_api(self.carol)
        fetch(url)
        self.book(patient=self.bob, at=time(12))
        with self.assertNumQueries(9) as few:
            fetch(url)
        for minute in (0, 20, 40):
            self.book(patient=self.bob, at=time(13, minute), day=soon(3))
        with self.assertNumQueries(len(few)):
            fetch(url)

    def test_reading_has_a_limit_by_owner_and_by_address(self):
        url, other = self.by_api(self.alice), self.by_api(self.bob)
        with limits(feed=(2, 0)):
            self.assertEqual([fetch(url).status_code for _time in range(3)], [200, 200, 429])
            self.assertEqual(fetch(other).status_code, 200)
        with limits(feed=(0, 2)), later(hours=2):
            answers = [fetch(f"{url}x") for _time in range(3)]
            self.assertEqual([answer.status_code for answer in answers], [404, 404, 429])
            self.assertGreater(int(answers[-1]["Retry-After"]), 0)

    def test_other_methods_are_refused_and_head_sends_no_content(self):
        url = urlsplit(self.by_api(self.alice))
        address = f"{url.path}?{url.query}"
        self.assertEqual(Client().post(address).status_code, 405)
        self.assertEqual((Client().head(address).status_code, Client().head(address).content), (200, b""))

    def test_a_link_is_said_to_be_read_once_an_hour(self):
        url = self.by_api(self.alice)
        fetch(url)
        first = CalendarFeed.objects.get(owner=self.alice).read_at
        self.assertEqual(first, timezone.now())
        for minutes, same in ((59, True), (61, False)):
            with later(minutes=minutes):
                fetch(url)
            self.assertEqual(CalendarFeed.objects.get(owner=self.alice).read_at == first, same)


class AtOnce(TestUsers, CommittedTestCase):
    def test_of_links_made_at_once_one_stays(self):
        self.make_people()
        callers = [Api(self.alice) for _number in range(4)]
        answers = at_once(4, lambda number: callers[number].post("/calendar-feeds/", {}))
        self.assertEqual([answer.status_code for answer in answers], [201] * 4)
        self.assertEqual(sorted(fetch(answer.json()["url"]).status_code for answer in answers), [200, 404, 404, 404])
