"""Demo rows: predictions for some patients, and questions without names, one of them judged."""

from datetime import timedelta

from django.utils import timezone

from shs.core.seeding.rows import Demo
from shs.predict import services
from shs.predict.models import AskedOf, AskedQuestion, Prediction, Triage, Verdict
from shs.predict.unnamed import way_of_writing
from shs.users.models import User
from shs.users.seeding import DemoRows, account, numbered

ASKED = (["fever", "headache", "body ache"], ["loose motion", "vomiting"], ["buke betha", "gham"], ["itching", "rash"])
QUESTIONS = (
    (AskedOf.CHECKER, "fever since 3 days, pain behind the eyes", Triage.TODAY, False, "dengue"),
    (AskedOf.CHECKER, "buke chap chap lage, bam hate betha", Triage.NOW, True, ""),
    (AskedOf.CHECKER, "পেট ব্যথা আর পাতলা পায়খানা", Triage.SOON, False, ""),
    (AskedOf.ASSISTANT, "my name is …, can I take paracetamol with food?", "", False, ""),
    (AskedOf.CHECKER, "sordi, kashi, gola betha", Triage.SELF_CARE, False, ""),
    (AskedOf.ASSISTANT, "mathar ek pash obosh hoye geche", "", False, ""),
)
"""Asked of, text, how soon by the answer, whether it was urgent, the first condition."""


class Asked(DemoRows):
    def finish(self, demo: Demo) -> None:
        if not Prediction.objects.unrestricted("whether the demo has them").exists():
            for person, symptoms in zip(numbered("patient").order_by("pk"), ASKED, strict=False):
                services.check(user=person, symptoms=symptoms, now=demo.now)
                demo.made["predictions"] += 1
        if not AskedQuestion.objects.unrestricted("whether the demo has them").exists():
            self._questions(demo)

    def _questions(self, demo: Demo) -> None:
        rows = [
            AskedQuestion(
                asked_of=asked_of,
                asked_on=timezone.localdate(demo.now - timedelta(days=days)),
                text=text,
                language=way_of_writing(text),
                triage=triage,
                is_urgent=is_urgent,
                condition=condition,
            )
            for days, (asked_of, text, triage, is_urgent, condition) in enumerate(QUESTIONS)
        ]
        AskedQuestion.objects.without_history("as when somebody asks").bulk_create(rows)
        doctor: User = account("doctor1")
        rows[-1].judge(
            verdict=Verdict.DANGEROUS,
            needed=Triage.NOW,
            right_condition="",
            language=rows[-1].language,
            note="One side numb: a stroke, which must be told at once.",
            by=doctor,
            now=demo.now,
        )
        demo.made["questions"] += len(rows)


rows = [Asked()]
