"""Common mistakes in the code of routes and templates, as in test_gates.py: ruff or shs/tests/lint.py refuses each with
a message that says what to write instead."""

import ast
import subprocess
import sys
from pathlib import Path

from django.test import SimpleTestCase
from ninja import Body, Router
from pydantic import BaseModel

from shs.doctors.models import DoctorInformation
from shs.tests.lint import careless_texts, careless_work, findings, loose_bodies, shows_rows, unescaped

ROUTE_OF_ALL = """
@router.get("/", auth=signed_in, response=list[Out])
def rows(request):
    return list(Appointment.objects.filter(status="booked").values("id", "reason"))
"""
ROUTE_WITH_ITS_OWN_RULE = """
@router.get("/{id:pk}", auth=requires("medical_record.view_medicalrecord"), response=Out)
def detail(request, pk: int):
    entry = get_object_or_404(MedicalRecord, pk=pk)
    if entry.recorded_by != request.user:
        raise Http404
    return entry
"""
ROUTE_FOR_ANYBODY = """
@router.get("/", auth=anyone, response=list[Out])
def lines(request):
    return list(PrescriptionLine.objects.unrestricted("a page counts them").values("generic"))
"""


class Routes(SimpleTestCase):
    def assert_refused(self, text: str, *words: str) -> None:
        said = " ".join(sentence for _line, sentence in findings(ast.parse(text)))
        for word in words:
            self.assertIn(word, said)

    def test_a_route_that_reads_rows_without_allowed(self):
        self.assert_refused(ROUTE_OF_ALL, 'Appointment.objects.allowed(request.user, "view")')

    def test_a_route_with_its_own_rule(self):
        self.assert_refused(ROUTE_WITH_ITS_OWN_RULE, 'MedicalRecord.objects.allowed(request.user, "view")')

    def test_a_route_that_follows_a_key_back_from_a_person(self):
        self.assert_refused('rows = request.user.appointments.values("reason")', "no grant table was asked")
        self.assert_refused("for row in visit.patient.results.all(): pass", ".filter(...)")

    def test_a_route_that_names_the_model_in_another_way(self):
        self.assert_refused("rows = models.MedicalRecord.objects.all()", "MedicalRecord are read")
        self.assert_refused(
            "from shs.medical_record.models import MedicalRecord as Entry\nrow = get_object_or_404(Entry, pk=1)",
            "MedicalRecord are read",
        )
        for name in ("results/lab_api.py", "results/family_pages.py", "results/admin/lists.py"):
            self.assertTrue(shows_rows(Path(name)), name)

    def test_a_module_that_shows_html_as_it_was_typed_or_speaks_english_only(self):
        for text in (
            'cell = format_html(f"<b>{row.note}</b> {{}}", row.pk)',
            'cell = format_html("<b>" + row.note + "</b>")',
            'messages.success(request, "The laboratory was asked.")',
            'raise StepRefused("The result is too old.")',
            'note = models.CharField(verbose_name="note", max_length=20)',
        ):
            with self.subTest(text):
                self.assertEqual(len(list(careless_texts(ast.parse(text)))), 1)
        right = 'cell = format_html("<b>{}</b>", row.note)\nmessages.success(request, _("It was asked."))'
        self.assertEqual(list(careless_texts(ast.parse(right))), [])

    def test_a_route_whose_body_is_no_in_schema(self):
        class Loose(BaseModel):
            name: str

        router = Router()

        @router.post("/loose")
        def loose(request, data: Loose):
            """Takes what comes."""

        @router.post("/looser")
        def looser(request, data: dict[str, str] = Body(...)):  # noqa: B008  (as ninja is written)
            """Takes what comes."""

        self.assertEqual([said.partition("(")[0] for said in loose_bodies(router)], ["loose", "looser"])

    def test_a_template_that_escapes_nothing(self):
        for text in (
            "{{ note|safe }}",
            "{{ notes|safeseq }}",
            "{% filter safe %}{{ note }}{% endfilter %}",
            "{% autoescape off %}{{ note }}{% endautoescape %}",
        ):
            self.assertTrue(unescaped(text), text)

    def test_a_route_with_raw_sql(self):
        self.assert_refused("rows = connection.cursor().execute(sql)", "no grant table was asked")

    def test_a_page_that_reads_a_history(self):
        self.assert_refused("lines = visit.history.all()", "what screens conceal", ".unrestricted(")
        self.assert_refused("lines = models.Appointment.history.filter(id=pk)", "what screens conceal")
        right = 'lines = visit.history.unrestricted("who has booked it").filter(history_type="+")'
        self.assertEqual(list(findings(ast.parse(right))), [])
        with self.assertRaisesMessage(TypeError, "what is shown of the history"):
            DoctorInformation.history.unrestricted("")

    def test_a_route_without_login_that_reads_health_data(self):
        self.assert_refused(ROUTE_FOR_ANYBODY, "lines needs no login", "PrescriptionLine", "auth=signed_in")
        self.assertEqual(list(findings(ast.parse(ROUTE_FOR_ANYBODY.replace("auth=anyone", "auth=signed_in")))), [])

    def test_a_service_that_sets_a_state_or_leaves_no_history_or_logs_a_text(self):
        for text, said in (
            ('visit.status = "completed"\nvisit.save()', "calls move()"),
            ('Letter.objects.without_history("faster").filter(pk=1).update(written="")', "create_with_history"),
            ('models.Letter.objects.filter(pk=1).without_history("faster").update(written="")', "is health data"),
            ('log.warning("No slot for %s", visit.reason)', "row.pk"),
            ('log.warning(f"No slot for {patient.name}")', "row.pk"),
            ('log.exception("No slot")', "row.pk"),
        ):
            with self.subTest(text):
                found = [sentence for _line, sentence in careless_work(ast.parse(text))]
                self.assertEqual(len(found), 1)
                self.assertIn(said, found[0])
        for text in (
            'log.warning("No slot for visit %s", visit.pk)',
            'Clinic.objects.without_history("n").update(n=1)',
        ):
            self.assertEqual(list(careless_work(ast.parse(text))), [])

    def test_a_correct_route_is_accepted(self):
        text = 'rows = Appointment.objects.allowed(request.user, "view").filter(status="booked").values("id")'
        self.assertEqual(list(findings(ast.parse(text))), [])
        self.assertEqual(list(findings(ast.parse("rows = DoctorInformation.objects.listed()"))), [])

    def test_unrestricted_needs_a_reason(self):
        with self.assertRaisesMessage(TypeError, '.allowed(user, "view")'):
            DoctorInformation.objects.unrestricted("")


class Ruff(SimpleTestCase):
    def lint(self, text: str) -> str:
        command = [sys.executable, "-m", "ruff", "check", "--stdin-filename", "shs/appointment/planted.py", "-"]
        return subprocess.run(command, input=text, capture_output=True, text=True, check=False).stdout  # noqa: S603

    def test_banned_apis_are_refused_with_the_alternative(self):
        plants = {
            "from django import forms\n\nchooser = forms.ModelChoiceField\n": 'Choose(Model, "view")',
            "from django.db import models\n\nfile = models.FileField()\n": "CheckedFileField(",
            "from django.db import models\n\nimage = models.ImageField()\n": "CheckedFileField(",
            "from django.http import FileResponse\n\nanswer = FileResponse\n": "file_answer()",
            "from ninja import Schema\n\nschema = Schema\n": "shs.core.types.In",
            "from django.db.models.signals import post_save\n\nsaved = post_save\n": "No signals",
            "from django.views.decorators.csrf import csrf_exempt\n\nhook = csrf_exempt\n": "route of the API",
            "from ninja import ModelSchema\n\nschema = ModelSchema\n": "TypedDict",
            "from unfold.decorators import action\n\nmark = action\n": "@step",
            "from celery import shared_task\n\nwork = shared_task\n": "job",
            "from django.core.mail import send_mail\n\ntell = send_mail\n": "notify(",
        }
        for text, instead in plants.items():
            with self.subTest(instead=instead, text=text.splitlines()[0]):
                self.assertIn(instead, self.lint(text))
