"""Demo rows: clinics with desk staff, and doctors at every stage of the verification."""

from shs.core.seeding.rows import Demo
from shs.doctors.demo.clinics import add_clinics
from shs.doctors.demo.doctors import add_doctors
from shs.users.seeding import DemoRows


class Doctors(DemoRows):
    def add(self, demo: Demo) -> None:
        demo.made["clinics"] += add_clinics(demo)
        demo.made["doctors"] += add_doctors(demo.size.doctors, seed=demo.seed, now=demo.now, say=demo.say)


rows = [Doctors()]
