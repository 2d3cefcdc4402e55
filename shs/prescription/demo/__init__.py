"""Demo rows: prescriptions of visits."""

from shs.appointment.models import Appointment
from shs.core.seeding.rows import Demo
from shs.prescription.demo.prescriptions import add_prescriptions
from shs.prescription.demo.supplies import read_patients
from shs.users.seeding import DemoRows, Portion


class Prescriptions(DemoRows):
    def add_for(self, portion: Portion, demo: Demo) -> None:
        patients = portion.once(read_patients)
        new = add_prescriptions(portion.new(Appointment), patients, seed=demo.seed, now=demo.now)
        demo.made["prescriptions"] += new


rows = [Prescriptions()]
