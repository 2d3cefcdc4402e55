"""The papers of the doctors who wait, the register, the checks of the cases, and licences that end."""

from shs.core.seeding.rows import Demo, DemoRows
from shs.credentialing.demo.documents import add_documents
from shs.credentialing.demo.verification import add_verification, tell_expiring


class Verifications(DemoRows):
    def add(self, demo: Demo) -> None:
        add_documents(demo)

    def finish(self, demo: Demo) -> None:
        """At the end: whose licence has ended has seen patients before."""
        demo.made["register entries"] += add_verification(now=demo.now)
        tell_expiring(now=demo.now)


rows = [Verifications()]
