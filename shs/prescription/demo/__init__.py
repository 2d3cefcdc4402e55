"""Demo rows: brands, prescriptions of visits, and a pharmacy."""

from shs.appointment.models import Appointment
from shs.core.seeding.rows import Demo
from shs.prescription.demo.brands import add_brands
from shs.prescription.demo.pharmacy import add_pharmacy
from shs.prescription.demo.prescriptions import add_prescriptions
from shs.prescription.demo.supplies import read_patients
from shs.prescription.demo.templates import add_templates
from shs.users.seeding import DemoRows, Portion


class Prescriptions(DemoRows):
    def add(self, demo: Demo) -> None:
        demo.made["brands"] += add_brands(demo.now)

    def add_for(self, portion: Portion, demo: Demo) -> None:
        patients = portion.once(read_patients)
        new = add_prescriptions(portion.new(Appointment), patients, seed=demo.seed, now=demo.now)
        demo.made["prescriptions"] += new

    def finish(self, demo: Demo) -> None:
        add_templates(demo)
        demo.made["pharmacies"] += add_pharmacy(demo)


rows = [Prescriptions()]
