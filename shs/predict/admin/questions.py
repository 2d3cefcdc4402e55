"""The screens of questions: those without names, for clinicians to judge, and the stored predictions, for admins."""

from copy import copy

from django import forms
from django.contrib import admin
from django.db.models import CharField, F, OuterRef, Q, Subquery
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesDropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from shs.core.admin.base import Context
from shs.core.admin.changelist import AutocompleteFilter
from shs.core.admin.forms import Choose
from shs.core.admin.ranges import DayRange, TimeRange
from shs.core.admin.reads import ReadsLogged
from shs.core.admin.resources import Exports
from shs.core.admin.rights import Rows, is_key
from shs.core.admin.screen import Screen
from shs.core.admin.steps import ReasonForm, StepData, StepForm, step
from shs.core.admin.tabs import Tab
from shs.core.caller import Member
from shs.core.labels import Label
from shs.core.reads.log import log_read
from shs.medical_record.admin.chart import ChartRows
from shs.predict.models import AskedQuestion, Condition, Needed, Prediction, Triage, Verdict, Writing
from shs.predict.resources import JSONLines, PredictionColumns, QuestionColumns
from shs.users.requests import UserRequest


def not_judged(user: Member) -> Q:
    """Questions that nobody has judged."""
    return Q(verdict="")


def judged(user: Member) -> Q:
    """Questions that a clinician has judged."""
    return Q(verdict__in=Verdict.values)


def dangerous(user: Member) -> Q:
    """Questions that were answered dangerously."""
    return Q(verdict=Verdict.DANGEROUS)


class JudgeForm(StepForm):
    """A clinician's judgement of an answer, and what would have been right."""

    verdict = forms.ChoiceField(label=_("The answer was"), choices=Verdict, widget=UnfoldAdminSelectWidget)
    needed = forms.ChoiceField(
        label=_("Correct urgency"),
        choices=[("", _("as answered")), *Needed.choices],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    right_condition = Choose(Condition, "view", label=_("Correct condition"), required=False)
    language = forms.ChoiceField(label=_("Language and script"), choices=Writing, widget=UnfoldAdminSelectWidget)
    note = forms.CharField(
        label=_("Note"),
        max_length=500,
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("What is wrong with the answer. Write no name."),
    )

    def prepare(self) -> None:
        question: AskedQuestion = self.record
        slug = question.right_condition or question.condition
        conditions = Condition.objects.unrestricted("what was answered, and what a clinician has chosen instead")
        initial: dict[str, object] = {
            "verdict": question.verdict,
            "needed": question.needed,
            "language": question.language,
            "note": question.note,
            "right_condition": conditions.filter(slug=slug).first() if slug else None,
        }
        self.initial.update(initial)

    def consequences(self) -> list[Label]:
        return [self.record.text, *told_answer(self.record)]


class CutForm(ReasonForm):
    """The text, without what may say who asked."""

    text = forms.CharField(
        label=_("Question"), max_length=8000, widget=UnfoldAdminTextareaWidget(attrs={"rows": 6}), strip=True
    )
    field_order = ["text", "reason"]

    def prepare(self) -> None:
        self.initial["text"] = self.record.text


def _name(column: str) -> Subquery:
    """The name of the condition whose slug a column holds."""
    named = Condition.objects.unrestricted("the names of what was answered").filter(slug=OuterRef(column))
    return Subquery(named.values("name"), output_field=CharField())


def told_answer(question: AskedQuestion) -> list[Label]:
    """What was answered, in a sentence."""
    soon = Triage(question.triage).label if question.triage else _("it did not say how soon")
    if question.is_urgent:
        soon = _("as an emergency")
    return [_("Answered: %(soon)s") % {"soon": soon}]


@admin.register(AskedQuestion)
class QuestionScreen(ReadsLogged, Exports, Screen):
    """What people asked, without names. Each page that shows a text is written to the read log, without a patient."""

    icon = "chat"
    empty_text = _("Questions are kept here without names where the clinic has turned that on (KEEP_QUESTIONS_DAYS).")
    list_display = ["asked_on", "asked", "question", "answer", "first_condition", "verdict_label", "next_steps"]
    list_filter = [
        ("asked_of", ChoicesDropdownFilter),
        ("language", ChoicesDropdownFilter),
        ("verdict", ChoicesDropdownFilter),
        ("is_urgent", BooleanRadioFilter),
        ("triage", ChoicesDropdownFilter),
        ("asked_on", DayRange),
    ]
    ordering = ["-asked_on", "-pk"]
    tabs = [
        Tab("open", _("To judge"), not_judged),
        Tab("dangerous", _("Dangerous"), dangerous),
        Tab("judged", _("Judged"), judged, quiet=True),
        Tab("all", _("All"), lambda user: ~Q(pk__in=())),
    ]
    fieldsets = [
        (None, {"fields": [("asked_of", "asked_on", "language"), "text"]}),
        (_("Answer"), {"fields": [("answer", "first_condition")]}),
        (
            _("Judgement"),
            {"fields": [("verdict", "needed", "right_condition_name"), "note", ("judged_by", "judged_at")]},
        ),
    ]
    readonly_fields = ["answer", "first_condition", "right_condition_name"]
    described_by = ("asked_on",)
    resource_classes = [QuestionColumns]
    export_formats = [JSONLines]

    def get_queryset(self, request: UserRequest) -> Rows:
        """With the names of the conditions, which a catalogue of a few hundred rows tells by its index."""
        rows: Rows = super().get_queryset(request)
        named: Rows = rows.annotate(condition_name=_name("condition"), right_name=_name("right_condition"))
        return named

    def get_export_queryset(self, request: UserRequest) -> Rows:
        """What is judged, by the filters of the list, whichever tab is open: nothing else is a sample."""
        of_judged, asked = copy(request), request.GET.copy()
        asked["tab"] = "judged"
        vars(of_judged)["GET"] = asked
        rows: Rows = super().get_export_queryset(of_judged)
        return rows

    # --- Reads

    def changelist_view(self, request: UserRequest, extra_context: Context | None = None) -> HttpResponse:
        answer: HttpResponse = super().changelist_view(request, extra_context)
        shown = (getattr(answer, "context_data", None) or {}).get("cl")
        if shown is not None:
            self._note(request, "list of ", [row.pk for row in shown.result_list], one=False)
        return answer

    def change_view(
        self, request: UserRequest, object_id: str, form_url: str = "", extra_context: Context | None = None
    ) -> HttpResponse:
        self._note_row(request, object_id)
        return super().change_view(request, object_id, form_url, extra_context)

    def step_view(self, request: UserRequest, object_id: str, name: str) -> HttpResponse:
        self._note_row(request, object_id)
        return super().step_view(request, object_id, name)

    def history_view(self, request: UserRequest, object_id: str, extra_context: Context | None = None) -> HttpResponse:
        self._note_row(request, object_id, "history of ")
        return super().history_view(request, object_id, extra_context)

    def history_form_view(
        self, request: UserRequest, object_id: str, version_id: str, extra_context: Context | None = None
    ) -> HttpResponse:
        self._note_row(request, object_id, "version of ")
        return super().history_form_view(request, object_id, version_id, extra_context)

    def _note_row(self, request: UserRequest, object_id: str, page: str = "") -> None:
        row = self.get_object(request, object_id) if is_key(self.model, object_id) else None
        if row is not None:
            self._note(request, page, [row.pk])

    def _note(self, request: UserRequest, page: str, keys: list[int], *, one: bool = True) -> None:
        with override("en"):  # the read log is kept in English
            rows = str(self.opts.verbose_name if one else self.opts.verbose_name_plural)
        log_read(request.user, what=f"{page}{rows}", ids=keys)

    # --- Columns and fields

    @display(description=_("Asked of"), ordering=F("asked_of"))
    def asked(self, question: AskedQuestion) -> str:
        return question.get_asked_of_display()

    @display(description=_("Question"))
    def question(self, question: AskedQuestion) -> str:
        return question.text if len(question.text) <= 200 else f"{question.text[:200]} …"

    @display(description=_("Answer"), label={str(_("Emergency")): "danger"})
    def answer(self, question: AskedQuestion) -> str:
        if question.is_urgent:
            return str(_("Emergency"))
        return question.get_triage_display() or "–"

    @display(description=_("First condition"))
    def first_condition(self, question: AskedQuestion) -> str:
        return vars(question).get("condition_name") or question.condition or "–"

    @display(description=_("Correct condition"))
    def right_condition_name(self, question: AskedQuestion) -> str:
        return vars(question).get("right_name") or question.right_condition or "–"

    @display(
        description=_("Judgement"),
        label={
            str(Verdict.RIGHT.label): "success",
            str(Verdict.WRONG.label): "warning",
            str(Verdict.DANGEROUS.label): "danger",
        },
    )
    def verdict_label(self, question: AskedQuestion) -> str:
        return question.get_verdict_display() or "–"

    # --- Steps

    @step("judge", _("Judge…"), form=JudgeForm, primary=True, done=_("Judged."))
    def judge(self, request: UserRequest, question: AskedQuestion, data: StepData) -> None:
        condition = data.pop("right_condition")
        slug = condition.slug if condition else ""
        question.judge(**data, right_condition=slug, by=request.user, now=timezone.now())

    @step(
        "judge",
        _("Remove a name…"),
        form=CutForm,
        in_list=False,
        text=_("What you remove is not stored anywhere."),
        done=_("The name was removed."),
    )
    def take_out(self, request: UserRequest, question: AskedQuestion, data: StepData) -> None:
        question.cut(data["text"], reason=data["reason"])


@admin.register(Prediction)
class PredictionScreen(ChartRows, Screen):
    """What the symptom checker was asked and answered. The patient sees who has looked."""

    icon = "monitor_heart"
    empty_text = _("Each question to the symptom checker is listed here with its answer.")
    list_display = ["created_at", "patient", "asked", "disease", "urgent", "status_label", "provider"]
    list_filter = [
        ("status", ChoicesDropdownFilter),
        ("urgent", BooleanRadioFilter),
        ("created_at", TimeRange),
        ("patient", AutocompleteFilter),
    ]
    list_select_related = ["patient"]
    ordering = ["-pk"]
    fieldsets = [
        (None, {"fields": [("patient", "created_at"), "symptoms", "matched", "unmatched"]}),
        (
            _("Answer"),
            {"fields": [("disease", "confidence"), "others", ("urgent", "red_flags"), ("status", "error_code")]},
        ),
        (_("Internet address"), {"fields": [("provider", "version", "latency_ms")]}),
    ]
    readonly_fields = ["others", "red_flags"]
    resource_classes = [PredictionColumns]

    @display(description=_("symptoms as entered"))
    def asked(self, prediction: Prediction) -> str:
        return "; ".join(prediction.symptoms)

    @display(description=_("alternatives"))
    def others(self, prediction: Prediction) -> str:
        return ", ".join(f"{one['disease']} ({one['confidence']:.0%})" for one in prediction.alternatives) or "–"

    @display(description=_("red flags"))
    def red_flags(self, prediction: Prediction) -> str:
        return ", ".join(prediction.rules) or "–"

    @display(description=_("status"), ordering="status", label={str(Prediction.Status.FAILED.label): "danger"})
    def status_label(self, prediction: Prediction) -> str:
        return prediction.get_status_display()
