"""Demo rows: results of ordered tests."""

from shs.appointment.models import Appointment
from shs.core.seeding.rows import Demo
from shs.results.demo.results import add_results
from shs.users.seeding import DemoRows, Portion


class Results(DemoRows):
    def add_for(self, portion: Portion, demo: Demo) -> None:
        demo.made["results"] += add_results(portion.new(Appointment), seed=demo.seed, now=demo.now)


rows = [Results()]
