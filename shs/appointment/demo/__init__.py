"""Demo rows: visits, reviews and reminders."""

from shs.appointment.demo.reminders import add_reminders
from shs.appointment.demo.reviews import add_reviews
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
            demo.say(f"  visits of patients up to {number_of(portion.patients[-1].email)}")

    def finish(self, demo: Demo) -> None:
        demo.made["reminders"] += add_reminders(now=demo.now)


rows = [Visits()]
