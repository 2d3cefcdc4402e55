"""Letters in the FHIR R4 export of a chart: a DocumentReference a letter, with its text and the address of its PDF."""

from base64 import b64encode

from shs.letters.models import Kind, Letter, Status
from shs.letters.shown import shown_parts
from shs.medical_record.fhir import Export, instant

LOINC = "http://loinc.org"
TYPES = {Kind.REFERRAL: "57133-1", Kind.SUMMARY: "34133-9"}
"""LOINC's codes: referral note, summary of episode note. A sick note is told in words."""


def letters(export: Export) -> None:
    """The letters of the patient; of a cancelled one that it was an error, without its text."""
    rows = Letter.objects.filter(patient=export.patient).seen(in_full=export.in_full)
    for row in rows.select_related("doctor__user__doctor", "visit").order_by("pk"):
        counts = row.status == Status.ISSUED
        kind = Kind(row.kind)
        coding = [{"system": LOINC, "code": TYPES[kind]}] if kind in TYPES else []
        text = "\n".join(f"{part.title}: {part.words}" for part in shown_parts(row))
        pdf = {"contentType": "application/pdf", "url": f"/api/v1/letters/{row.pk}/pdf"}
        plain = {"contentType": "text/plain; charset=utf-8", "data": b64encode(text.encode()).decode()}
        export.add(
            "DocumentReference",
            f"letter:{row.pk}",
            identifier=[{"system": "urn:shs:letter", "value": row.code}],
            status="current" if counts else "entered-in-error",
            docStatus="final" if counts else "entered-in-error",
            type={"coding": coding, "text": str(kind.label)},
            subject=export.subject(),
            date=instant(row.issued_at),
            author=[export.practitioner(row.doctor.user)],
            description=row.status_reason,
            content=[{"attachment": one} for one in ([pdf, plain] if counts else [pdf])],
        )
