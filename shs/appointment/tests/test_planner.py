"""A doctor is away: the page that decides about the booked visits, in the office and the API, and the list of visits
without a doctor."""

from datetime import datetime, time, timedelta
from io import StringIO

from django.core.management import call_command
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from shs.appointment import services
from shs.appointment.models import Appointment
from shs.core.errors import StepRefused
from shs.doctors.models import DoctorAvailability, DoctorInformation, TimeOff
from shs.notices.letters import letter_of
from shs.notices.models import Notice, State
from shs.notices.services import deliver
from shs.testing import Api, TestUsers, make_doctor, make_user, soon
from shs.tests.prepared import prepared
from shs.users.models import Role

DAY = 2
"""The visits are so many days from now."""


def on(days: int, hour: int = 0, minute: int = 0) -> datetime:
    return timezone.make_aware(datetime.combine(soon(days), time(hour, minute)))


class Planning(TestUsers):
    """Two confirmed visits and a request to Dr. Carol in two days; Dr. Wendy is a colleague at the clinic."""

    @classmethod
    @prepared
    def make_people(cls):
        super().make_people()
        cls.dr_wendy = make_doctor(make_user("Dr. Wendy", Role.DOCTOR), cls.clinic, fees="500.00")
        cls.visit.confirm(now=timezone.now())
        cls.second = cls.book(patient=cls.bob, at=time(11))
        cls.second.confirm(now=timezone.now())
        cls.asked = cls.book(patient=make_user("Zara", Role.PATIENT), at=time(12))

    def visits(self) -> list[Appointment]:
        return [self.visit, self.second, self.asked]

    def states(self) -> list[str]:
        found = []
        for visit in self.visits():
            visit.refresh_from_db()
            found.append("left" if visit.without_doctor_since else visit.status)
        return found

    def told(self, visit: Appointment, *states: str) -> set[str]:
        rows = Notice.objects.filter(about=f"appointment:{visit.pk}", user=visit.patient)
        return set(rows.filter(state__in=states or [State.QUEUED]).values_list("kind", flat=True))

    def leave(self, first: datetime | None = None, last: datetime | None = None) -> services.Outage:
        return services.leave(self.dr_carol, first or on(DAY), last or on(DAY + 1))

    def office(self, user):
        self.client.force_login(user, backend="shs.users.backends.EmailBackend")
        return self.client


class Proposals(Planning, TestCase):
    def test_the_own_next_slot_then_a_colleague_each_slot_once(self):
        now = timezone.now()
        outage = self.leave()
        found = services.propose(outage.hit(now), outage, now)
        self.assertEqual([proposal.visit for proposal in found], self.visits())
        own = [proposal.own.opening.starts_at for proposal in found]
        self.assertEqual(own, [on(DAY + 1, 9), on(DAY + 1, 9, 20), on(DAY + 1, 9, 40)])
        colleague = [(p.colleague.doctor, p.colleague.opening.starts_at) for p in found]
        self.assertEqual(colleague, [(self.dr_wendy, on(DAY, hour)) for hour in (10, 11, 12)])

    def test_times_of_the_patient_and_of_the_colleague_are_kept(self):
        now = timezone.now()
        busy = {"patient": self.alice, "doctor_id": self.dr_wendy.pk, "now": now}
        services.book(**busy, date=soon(DAY), time=time(9, 40))
        services.book(**busy, date=soon(DAY + 1), time=time(9))
        TimeOff.objects.create(doctor=self.dr_wendy, starts_at=on(DAY, 11), ends_at=on(DAY, 11, 40))
        outage = self.leave()
        found = services.propose(outage.hit(now), outage, now)
        self.assertEqual(found[0].own.opening.starts_at, on(DAY + 1, 9, 20))
        self.assertEqual(found[1].colleague.opening.starts_at, on(DAY, 10, 40))

    def test_a_doctor_who_is_gone_and_other_clinics_are_not_proposed(self):
        DoctorInformation.clinics.through.objects.filter(doctorinformation=self.dr_wendy.pk).delete()
        outage = services.gone(self.dr_carol)
        found = services.propose(outage.hit(timezone.now()), outage, timezone.now())
        self.assertEqual([proposal.first for proposal in found], [None] * 3)

    def test_the_number_of_queries_does_not_grow(self):
        counts = []
        for hours in (1, 24):
            outage, now = self.leave(on(DAY, 10), on(DAY, 10) + timedelta(hours=hours)), timezone.now()
            with CaptureQueriesContext(connection) as caught:
                services.propose(outage.hit(now), outage, now)
            counts.append(len(caught))
        self.assertEqual(counts[0], counts[1])
        self.assertLessEqual(counts[0], 8)

    def test_a_closed_clinic_hits_its_visits_only(self):
        outage = services.closed_on(self.clinic.pk, [(soon(DAY), soon(DAY))])
        self.assertEqual(outage.hit(timezone.now()), self.visits())
        self.assertEqual(services.closed_on(self.other_clinic.pk, [(soon(DAY), soon(DAY))]).hit(timezone.now()), [])
        found = services.propose(self.visits(), outage, timezone.now())
        self.assertTrue(all(place.opening.starts_at >= on(DAY + 1) for p in found for place in (p.own, p.colleague)))


class Api409(Planning, TestCase):
    def post(self, **more):
        body = {"starts_at": on(DAY).isoformat(), "ends_at": on(DAY + 1).isoformat(), **more}
        return Api(self.carol).post("/doctors/me/time-off", body)

    def test_time_off_over_visits_is_a_question(self):
        answer = self.post()
        self.assertEqual((answer.status_code, answer.json()["type"]), (409, "urn:shs:problem:visits_affected"))
        self.assertEqual([row["id"] for row in answer.json()["visits"]], [visit.pk for visit in self.visits()])
        self.assertFalse(TimeOff.objects.exists())
        self.assertEqual(self.states(), ["confirmed", "confirmed", "pending"])

    def test_cancel_and_keep(self):
        self.assertEqual(self.post(affected="keep", reason="a course").status_code, 201)
        self.assertEqual(self.states(), ["left"] * 3)
        mine = Api(self.alice).get(f"/appointments/{self.visit.pk}").json()
        self.assertEqual((mine["status"], mine["is_without_doctor"]), ("confirmed", True))
        TimeOff.objects.all().delete()
        self.assertEqual(self.post(affected="cancel").status_code, 201)
        self.assertEqual(self.states(), ["cancelled"] * 3)
        self.assertEqual((self.visit.cancelled_by, self.visit.cancel_code), ("doctor", "doctor_away"))
        self.assertIn("cancelled", self.told(self.visit))
        self.assertEqual(self.post(affected="x").status_code, 422)

    def test_the_preview_offers_the_plan_and_stores_nothing(self):
        period = {"starts_at": on(DAY).isoformat(), "ends_at": on(DAY, 10, 30).isoformat()}
        (row,) = Api(self.carol).get("/doctors/me/time-off/preview", **period).json()
        self.assertEqual((row["visit"]["id"], row["own"]["time"]), (self.visit.pk, "10:40"))
        self.assertEqual((row["colleague"]["name"], row["colleague"]["time"]), ("Dr. Wendy", "10:00"))
        self.assertFalse(TimeOff.objects.exists())
        period["ends_at"] = period["starts_at"]
        self.assertEqual(Api(self.carol).get("/doctors/me/time-off/preview", **period).status_code, 422)

    def test_other_hours_ask_the_same(self):
        caller, rest = Api(self.carol), []
        for weekday in range(7):
            start = "11:00" if weekday == soon(DAY).weekday() else "09:00"
            rest.append({"weekday": weekday, "start": start, "end": "17:00", "clinic": self.clinic.pk})
        answer = caller.put("/doctors/me/availability", rest)
        self.assertEqual((answer.status_code, [row["id"] for row in answer.json()["visits"]]), (409, [self.visit.pk]))
        self.assertEqual(caller.put("/doctors/me/availability?affected=keep", rest).status_code, 200)
        self.assertEqual(self.states(), ["left", "confirmed", "pending"])

    def test_the_preview_of_other_hours_stores_nothing_and_the_description_names_the_answer(self):
        rest = [{"weekday": day, "start": "11:00", "end": "17:00", "clinic": self.clinic.pk} for day in range(7)]
        (row,) = Api(self.carol).post("/doctors/me/availability/preview", rest).json()
        self.assertEqual((row["visit"]["id"], row["own"]["time"]), (self.visit.pk, "11:20"))
        self.assertEqual(DoctorAvailability.objects.filter(doctor=self.dr_carol, start=time(11)).count(), 0)
        rest[0]["end"] = "10:00"
        self.assertEqual(Api(self.carol).post("/doctors/me/availability/preview", rest).status_code, 422)
        self.assertEqual(Api(self.alice).post("/doctors/me/availability/preview", []).status_code, 403)
        paths = self.client.get("/api/schema/").json()["paths"]
        for method, path in (("post", "/time-off"), ("put", "/availability")):
            operation = paths[f"/api/v1/doctors/me{path}"][method]
            self.assertIn("409 `visits_affected`", operation["description"])
            self.assertIn("application/problem+json", operation["responses"]["default"]["content"])

    def test_deleting_it_brings_the_visits_back(self):
        pk = self.post(affected="keep").json()["id"]
        deliver(now=on(DAY - 1, 10, 30))
        self.assertIn("doctor_away", self.told(self.visit, State.SENT))
        self.assertEqual(Api(self.carol).delete(f"/doctors/me/time-off/{pk}").status_code, 204)
        self.assertEqual(self.states(), ["confirmed", "confirmed", "pending"])
        self.assertEqual(self.told(self.visit), {"doctor_back", "reminder_day", "reminder_hour"})
        self.assertEqual(self.told(self.second) - {"booked", "confirmed"}, {"reminder_day", "reminder_hour"})


class Left(Planning, TestCase):
    """Visits that nobody has decided about."""

    def setUp(self):
        TimeOff.objects.create(doctor=self.dr_carol, starts_at=on(DAY), ends_at=on(DAY + 1))
        out = StringIO()
        call_command("run_due", only="find_without_doctor", stdout=out)
        self.assertIn("find_without_doctor: 3", out.getvalue())
        self.states()

    def test_they_are_not_confirmed_not_missed_and_not_reminded(self):
        with self.assertRaisesMessage(StepRefused, "The doctor is away at that time"):
            self.asked.confirm(now=timezone.now())
        answer = Api(self.carol).patch(f"/appointments/{self.asked.pk}/status", {"status": "confirmed"})
        self.assertEqual(answer.status_code, 409)
        there = self.book(patient=make_user("Yara", Role.PATIENT), day=soon(DAY + 1), at=time(9))
        Appointment.objects.without_history("the doctor was seen").filter(pk=there.pk).update(
            status="completed", starts_at=on(DAY, 15), ends_at=on(DAY, 15, 20)
        )
        self.assertEqual(services.mark_missed(now=on(DAY + 1)), 0)
        with self.assertRaisesMessage(StepRefused, "The doctor was away"):
            self.visit.miss(now=on(DAY + 1))
        for visit in self.visits():
            self.assertEqual({k for k in self.told(visit) if k.startswith("reminder")}, set())
        self.assertEqual(services.remind(self.visits(), self.erin, now=timezone.now()), 0)

    def test_whom_nobody_decides_about_is_told_not_to_come_when_the_reminder_was_due(self):
        (told,) = Notice.objects.filter(kind="doctor_away", user=self.alice)
        self.assertEqual(told.due_at, self.visit.starts_at - timedelta(hours=24))
        self.visit.cancel()
        self.asked.cancel()
        services.cancel(visit=self.second, cause=services.Cause("doctor", "doctor_away"))
        self.assertNotIn("doctor_away", self.told(self.second))

    def test_the_list_stands_on_the_board_and_the_dashboards(self):
        for user in (self.erin, self.carol):
            client = self.office(user)
            page = client.get(reverse("admin:desk") + f"?day={soon(0)}")
            self.assertEqual(list(page.context["left"]), self.visits())
            self.assertTrue("Visits without a doctor" in page.content.decode(), f"not on the board of {user}")
            shown = client.get("/admin/").content.decode()
            self.assertTrue("Visits without a doctor" in shown, f"not on the dashboard of {user}")
        card = client.get(reverse("admin:desk") + f"?day={soon(DAY)}").content.decode()
        self.assertTrue("without a doctor" in card, "the cards say nothing")

    def test_the_board_asks_no_more_queries_than_it_may(self):
        client, url = self.office(self.erin), reverse("admin:desk") + f"?day={soon(DAY)}"
        client.get(url)
        with CaptureQueriesContext(connection) as caught:
            client.get(url)
        self.assertLessEqual(len(caught), 14)

    def test_the_desk_decides_on_the_page_of_the_planner(self):
        client = self.office(self.erin)
        url = reverse("admin:desk_plan") + f"?clinic={self.clinic.pk}"
        rows = client.get(url).context["rows"]
        values = [next(choice.value for choice in row.choices if choice.is_chosen) for row in rows]
        self.assertTrue(all(value.startswith("move:") for value in values), values)
        posted = {rows[0].name: rows[0].choices[1].value, rows[1].name: "cancel", rows[2].name: "keep"}
        client.post(url, {"planned": "yes", **posted})
        self.assertEqual(self.states(), ["confirmed", "cancelled", "left"])
        self.assertEqual((self.visit.doctor, self.visit.starts_at, self.visit.fee), (self.dr_wendy, on(DAY, 10), 500))
        self.assertEqual(self.second.cancelled_by, "doctor")

    def test_others_decide_about_nothing(self):
        for user, status in ((self.grace, 403), (self.irene, 403), (self.henry, 403)):
            self.assertEqual(self.office(user).post(reverse("admin:desk_plan")).status_code, status)
        zoe = make_doctor(make_user("Dr. Zoe", Role.DOCTOR), self.other_clinic)
        posted = {"planned": "yes", f"decide_{self.visit.pk}": "cancel"}
        self.office(zoe.user).post(reverse("admin:desk_plan"), posted)
        self.assertEqual(self.states(), ["left"] * 3)

    def test_what_cannot_be_read_is_left(self):
        for value in ("move:x", "move:1:tomorrow", f"move:{self.dr_wendy.pk}:2026-13-45T00:00", "move:" + "9" * 40, ""):
            self.office(self.erin).post(reverse("admin:desk_plan"), {"planned": "1", f"decide_{self.visit.pk}": value})
            self.assertEqual(self.states()[0], "left")
        for key in (f"0{self.visit.pk}x", "9" * 40, "9" * 5000, "১২", "", "-1"):
            posted = {"planned": "1", f"decide_{key}": "cancel"}
            answer = self.office(self.erin).post(reverse("admin:desk_plan"), posted)
            self.assertLess(answer.status_code, 500, key[:50])
            self.assertEqual(self.states()[0], "left")


class Office(Planning, TestCase):
    def form(self, first: datetime, last: datetime, **more: object) -> dict[str, object]:
        local = [timezone.localtime(value) for value in (first, last)]
        names = ("starts_at", "ends_at")
        split = {f"{name}_0": f"{at:%Y-%m-%d}" for name, at in zip(names, local, strict=True)}
        split |= {f"{name}_1": f"{at:%H:%M}" for name, at in zip(names, local, strict=True)}
        return {"doctor": self.dr_carol.pk, "reason": "a course", "_save": "Save", **split, **more}

    def test_leave_over_visits_opens_the_planner_which_stores_all_at_once(self):
        for user in (self.erin, self.frank, self.carol):
            with self.subTest(who=user.name):
                client, url = self.office(user), reverse("admin:doctors_timeoff_add")
                page = client.post(url, self.form(on(DAY), on(DAY + 1)))
                self.assertEqual((page.status_code, TimeOff.objects.count()), (200, 0))
                self.assertEqual([row.visit for row in page.context["rows"]], self.visits())
        posted = {**dict(page.context["hidden"]), "planned": "yes"}
        posted |= {row.name: row.choices[0].value for row in page.context["rows"]}
        answer = client.post(page.context["action"], posted)
        self.assertEqual((answer.status_code, TimeOff.objects.get().reason), (302, "a course"))
        self.assertEqual(self.states(), ["confirmed", "confirmed", "pending"])
        self.assertEqual([visit.starts_at for visit in self.visits()], [on(DAY + 1, 9, m) for m in (0, 20, 40)])
        told = Notice.objects.get(kind="rescheduled", user=self.alice)
        self.assertTrue("is away at the time that was planned" in letter_of(told).text, letter_of(told).text)
        self.assertEqual(self.told(self.visit) - {"confirmed"}, {"rescheduled", "reminder_day", "reminder_hour"})

    def test_a_slot_that_was_taken_meanwhile_refuses_the_whole_plan(self):
        client, url = self.office(self.erin), reverse("admin:doctors_timeoff_add")
        page = client.post(url, self.form(on(DAY), on(DAY + 1)))
        posted = {**dict(page.context["hidden"]), "planned": "yes"}
        posted |= {row.name: row.choices[0].value for row in page.context["rows"]}
        now = timezone.now()
        yara = make_user("Yara", Role.PATIENT)
        services.book(patient=yara, doctor_id=self.dr_carol.pk, date=soon(DAY + 1), time=time(9, 20), now=now)
        again = client.post(url, posted)
        self.assertEqual((again.status_code, TimeOff.objects.count()), (200, 0))
        self.assertTrue("no longer free" in again.content.decode(), "the page does not say why")
        self.assertEqual(self.states(), ["confirmed", "confirmed", "pending"])
        self.assertTrue(all(visit.starts_at < on(DAY + 1) for visit in self.visits()))

    def test_a_visit_that_nobody_has_seen_refuses_the_plan(self):
        client, url = self.office(self.erin), reverse("admin:doctors_timeoff_add")
        page = client.post(url, self.form(on(DAY), on(DAY + 1)))
        posted = {**dict(page.context["hidden"]), "planned": "yes", "all": "cancel"}
        posted |= {row.name: "keep" for row in page.context["rows"]}
        self.book(patient=make_user("Yara", Role.PATIENT), at=time(15))
        again = client.post(url, posted)
        self.assertTrue("in the meantime" in again.content.decode(), "the page does not say why")
        self.assertEqual((TimeOff.objects.count(), self.states()[0]), (0, "confirmed"))

    def test_leave_that_hits_nobody_is_saved_at_once_and_a_longer_one_asks(self):
        client = self.office(self.erin)
        client.post(reverse("admin:doctors_timeoff_add"), self.form(on(DAY + 1), on(DAY + 2)))
        row = TimeOff.objects.get()
        url = reverse("admin:doctors_timeoff_change", args=(row.pk,))
        edit = {"edited_at": "", **self.form(on(DAY), on(DAY + 2))}
        for bound in client.get(url).context["adminform"].form:
            if bound.field.widget.is_hidden:
                edit[bound.html_name] = bound.value()
        page = client.post(url, edit)
        self.assertEqual(len(page.context["rows"]), 3)
        posted = {**dict(page.context["hidden"]), "planned": "yes", "all": "keep"}
        client.post(url, posted | {row.name: "keep" for row in page.context["rows"]})
        self.assertEqual(self.states(), ["left"] * 3)
        client.post(reverse("admin:doctors_timeoff_delete", args=(row.pk,)), {"post": "yes"})
        self.assertEqual((TimeOff.objects.count(), self.states()), (0, ["confirmed", "confirmed", "pending"]))

    def test_restoring_an_earlier_version_asks_too(self):
        row = TimeOff.objects.create(doctor=self.dr_carol, starts_at=on(DAY), ends_at=on(DAY + 1), reason="a course")
        earlier = row.history.latest("history_id")
        row.starts_at, row.ends_at = on(DAY + 1), on(DAY + 2)
        row.save()
        url = reverse("admin:doctors_timeoff_simple_history", args=(row.pk, earlier.pk))
        client = self.office(self.erin)
        page = client.post(url, {"reason": "typed wrong", "seen": row.updated_at.isoformat()})
        self.assertEqual((page.status_code, len(page.context["rows"])), (200, 3))
        posted = {**dict(page.context["hidden"]), "planned": "yes"}
        answer = client.post(url, posted | {one.name: "keep" for one in page.context["rows"]})
        row.refresh_from_db()
        self.assertEqual((answer.status_code, row.starts_at, self.states()), (302, on(DAY), ["left"] * 3))

    def test_deleting_and_changing_a_weekdays_hours_asks_too(self):
        block = DoctorAvailability.objects.get(doctor=self.dr_carol, weekday=soon(DAY).weekday())
        client = self.office(self.erin)
        url = reverse("admin:doctors_doctoravailability_delete", args=(block.pk,))
        page = client.post(url, {"post": "yes"})
        self.assertTrue(DoctorAvailability.objects.filter(pk=block.pk).exists())
        posted = {**dict(page.context["hidden"]), "planned": "yes"}
        client.post(url, posted | {row.name: "cancel" for row in page.context["rows"]})
        self.assertFalse(DoctorAvailability.objects.filter(pk=block.pk).exists())
        self.assertEqual(self.states(), ["cancelled"] * 3)

    def test_the_action_on_chosen_visits_leads_to_time_off_over_them_and_so_to_the_planner(self):
        client, url = self.office(self.erin), reverse("admin:appointment_appointment_changelist") + "?tab=all"
        chosen = {"action": "away_chosen", "_selected_action": [self.second.pk, self.asked.pk]}
        page = client.post(url, chosen, follow=True)
        form = page.context["adminform"].form
        self.assertEqual((form["starts_at"].value(), form["ends_at"].value()), (on(DAY, 11), on(DAY, 12, 20)))
        self.assertEqual(str(form["doctor"].value()), str(self.dr_carol.pk))
        self.assertEqual(self.told(self.second) & {"doctor_away"}, set())
        page = client.post(reverse("admin:doctors_timeoff_add"), self.form(on(DAY, 11), on(DAY, 12, 20)))
        self.assertEqual([row.visit for row in page.context["rows"]], [self.second, self.asked])
        wendy = {"doctor_id": self.dr_wendy.pk, "date": soon(DAY), "time": time(15), "now": timezone.now()}
        other = services.book(patient=self.bob, **wendy)
        chosen["_selected_action"].append(other.pk)
        self.assertContains(client.post(url, chosen, follow=True), "Choose visits of one doctor.")
        for words in ("x", "2026-13-01", f"{soon(1)}T10:00"):
            self.assertEqual(client.get(f"{reverse('admin:doctors_timeoff_add')}?starts_at={words}").status_code, 200)

    def test_a_closed_clinic_counts_for_the_clinic(self):
        outage = services.closed_on(self.clinic.pk, [(soon(DAY), soon(DAY))])
        services.carry_out(outage=outage, decisions={}, by=self.erin, now=timezone.now(), others=services.CANCEL)
        self.assertEqual(self.states(), ["cancelled"] * 3)
        self.assertEqual((self.visit.cancelled_by, self.visit.cancel_code), ("clinic", "clinic_closed"))
