"""Demo rows: letters of visits."""

from shs.appointment.models import Appointment
from shs.core.seeding.rows import Demo
from shs.letters.demo.letters import add_letters
from shs.users.seeding import DemoRows, Portion


class Letters(DemoRows):
    def add_for(self, portion: Portion, demo: Demo) -> None:
        demo.made["letters"] += add_letters(portion.new(Appointment), seed=demo.seed, now=demo.now)


rows = [Letters()]
