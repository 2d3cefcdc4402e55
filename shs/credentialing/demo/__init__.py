"""Demo rows: documents of applicants, the register, checks, and licences that end."""

from shs.core.seeding.rows import Demo
from shs.credentialing.demo.documents import add_documents
from shs.credentialing.demo.verification import add_verification, tell_expiring
from shs.users.seeding import DemoRows


class Verifications(DemoRows):
    def add(self, demo: Demo) -> None:
        add_documents(demo)

    def finish(self, demo: Demo) -> None:
        """Runs last: a doctor whose licence has ended has had visits before."""
        demo.made["register entries"] += add_verification(now=demo.now)
        tell_expiring(now=demo.now)


rows = [Verifications()]
