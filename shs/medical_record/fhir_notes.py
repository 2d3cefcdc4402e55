"""The signed note of a visit as a FHIR R4 Composition, a section for each part. Section codes are LOINC's of FHIR's
value set doc-section-codes, and the type is LOINC's consult note (both as on hl7.org, read in 2026)."""

from django.utils.html import escape

from shs.medical_record.fhir import Export, instant
from shs.medical_record.fhir_person import Part
from shs.medical_record.models import PARTS, VisitNote

LOINC = "http://loinc.org"
SYSTEM = "urn:shs:visit-note"
SECTIONS = {"complaint": "10154-3", "findings": "29545-1", "assessment": "51848-0", "plan": "18776-5"}
XHTML = "http://www.w3.org/1999/xhtml"


def notes(export: Export) -> None:
    """The notes of visits, each in its current version; drafts are nobody's statement and stay where they are."""
    rows = VisitNote.objects.unrestricted("of a chart whose reader is checked and logged").latest()
    rows = rows.filter(patient=export.patient).seen(in_full=export.in_full)
    for row in rows.select_related("visit", "signed_by__doctor").order_by("signed_at", "pk"):
        composition(export, row)


def composition(export: Export, row: VisitNote) -> None:
    """One note, with who attests it, the codes of the assessment, and the version that it replaces."""
    author = export.practitioner(row.signed_by)
    codes = [
        {"system": "http://hl7.org/fhir/sid/icd-10", "code": one["code"], "display": one["title"]} for one in row.codes
    ]
    former = {"system": SYSTEM, "value": f"{row.visit.number}/{row.version - 1}"}
    export.add(
        "Composition",
        f"note:{row.visit_id}",
        identifier={"system": SYSTEM, "value": f"{row.visit.number}/{row.version}"},
        status="amended" if row.version > 1 else "final",
        type={"coding": [{"system": LOINC, "code": "11488-4", "display": "Consult note"}]},
        subject=export.subject(),
        date=instant(row.signed_at),
        author=[author],
        title=f"{row.visit.number}/{row.version}",
        confidentiality="R" if row.is_confidential else "N",
        attester=[{"mode": "professional", "time": instant(row.signed_at), "party": author}],
        relatesTo=[{"code": "replaces", "targetIdentifier": former}] if row.version > 1 else [],
        event=[{"code": [{"coding": codes}] if codes else [], "period": {"start": instant(row.visit.starts_at)}}],
        section=[_section(name, getattr(row, name)) for name in PARTS if getattr(row, name)],
    )


def _section(name: str, text: str) -> Part:
    label = str(PARTS[name][0])
    lines = "<br/>".join(map(escape, text.splitlines()))
    return {
        "title": label,
        "code": {"coding": [{"system": LOINC, "code": SECTIONS[name]}], "text": label},
        "text": {"status": "generated", "div": f'<div xmlns="{XHTML}">{lines}</div>'},
    }
