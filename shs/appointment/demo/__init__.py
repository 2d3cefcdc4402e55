"""Demo rows: visits, reviews, reminders, texts, the waiting list, and what patients ask for."""

from shs.appointment.demo.corrections import add_corrections
from shs.appointment.demo.earlier import add_earlier
from shs.appointment.demo.leave import add_leave
from shs.appointment.demo.reminders import add_reminders
from shs.appointment.demo.reviews import add_reviews
from shs.appointment.demo.session import add_session
from shs.appointment.demo.texts import add_texts
from shs.appointment.demo.twice import add_twice
from shs.appointment.demo.unknown import add_unknown
from shs.appointment.demo.visits import add_visits
from shs.appointment.models import Appointment
from shs.core.seeding.marks import number_of
from shs.core.seeding.rows import Demo
from shs.users.seeding import DemoRows, Portion


class Visits(DemoRows):
    def add_for(self, portion: Portion, demo: Demo) -> None:
        visits = add_visits(portion, demo)
        portion.keep(Appointment, visits)
        demo.made["visits"] += len(visits)
        demo.made["reviews"] += add_reviews(visits, seed=demo.seed, now=demo.now)
        if visits:
            demo.say(f"  visits of {number_of(portion.patients[-1].demo_name)} patients")

    def finish(self, demo: Demo) -> None:
        demo.made["unknown patients"] += add_unknown(demo)
        demo.made["visits without a doctor"] += add_leave(demo)
        demo.made["patients who want to come earlier"] += add_earlier(demo)
        demo.made["patients who wait for a doctor"] += add_session(demo)
        demo.made["patients registered twice"] += add_twice(demo)
        demo.made["reminders"] += add_reminders(now=demo.now)
        demo.made["texts"] += add_texts(demo)
        demo.made["requested corrections"] += add_corrections(demo)


rows = [Visits()]
