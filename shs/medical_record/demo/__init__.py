"""Demo rows: entries of charts, and signed notes of visits."""

from shs.appointment.models import Appointment
from shs.core.seeding.rows import Demo
from shs.medical_record.demo.charts import read_charts
from shs.medical_record.demo.records import add_findings, add_notes
from shs.medical_record.demo.visit_notes import add_visit_notes
from shs.users.seeding import DemoRows, Portion


class Records(DemoRows):
    def add_for(self, portion: Portion, demo: Demo) -> None:
        charts, visits = portion.once(read_charts), portion.new(Appointment)
        demo.made["records"] += add_notes(charts, seed=demo.seed, now=demo.now)
        demo.made["records"] += add_findings(visits, charts, seed=demo.seed, now=demo.now)
        demo.made["visit notes"] += add_visit_notes(visits, seed=demo.seed, now=demo.now)


rows = [Records()]
