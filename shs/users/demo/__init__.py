"""Demo rows: staff and patients."""

from shs.core.seeding.rows import Demo
from shs.users.demo.duties import add_duties
from shs.users.demo.people import OFFICE, add_patients, add_staff
from shs.users.seeding import DemoRows


class People(DemoRows):
    def add(self, demo: Demo) -> None:
        """Staff first, because their actions create the other rows."""
        demo.made["staff"] += add_staff(OFFICE, demo)
        add_duties(demo)
        demo.made["patients"] += add_patients(demo)


rows = [People()]
