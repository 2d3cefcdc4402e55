"""Made-up documents of applicants, drawn as pictures with SPECIMEN written across them."""

import io
from functools import cache

from PIL import Image, ImageDraw, ImageFont

from shs.core.records.files import PNG, CheckedFile
from shs.core.seeding.files import store_file
from shs.core.seeding.marks import LICENCE
from shs.core.seeding.rows import Demo
from shs.core.seeding.stories import BATCH, store, told
from shs.credentialing.models import DoctorDocument, DocumentKind
from shs.doctors.demo.stages import SHORT_LICENCES, is_as_seeded, number_of
from shs.doctors.models import DoctorInformation

SIZE = (1000, 640)
PAPER, INK, FRAME, STAMP = "#fbf8f0", "#1f2933", "#0f766e", "#d9b8b8"
TITLES = {
    DocumentKind.LICENSE: "Certificate of Registration",
    DocumentKind.DEGREE: "Degree Certificate",
    DocumentKind.IDENTITY: "Identity Card",
}
ISSUERS = {
    DocumentKind.LICENSE: "Demo Register of Doctors",
    DocumentKind.DEGREE: "Demo University of Medicine",
    DocumentKind.IDENTITY: "Demo Registry of Persons",
}


def add_documents(demo: Demo) -> None:
    """Draw the three application documents of each doctor who is being verified or whose licence ends soon, unless they
    exist. For all doctors they would take too much space in a large network."""
    known = set(DoctorDocument.history.values_list("doctor_id", flat=True))
    made = DoctorInformation.objects.filter(license_number__startswith=LICENCE).select_related("user")
    wanted = [doctor for doctor in made.order_by("pk") if doctor.pk not in known and _shows_papers(doctor)]
    for at in range(0, len(wanted), BATCH):
        rows = [_document(doctor, kind) for doctor in wanted[at : at + BATCH] for kind in TITLES]
        store([told(row, row.doctor.submitted_at, row.doctor.user, "document added") for row in rows])


def _shows_papers(doctor: DoctorInformation) -> bool:
    return is_as_seeded(doctor) and (not doctor.is_approved or number_of(doctor) in SHORT_LICENCES)


def _document(doctor: DoctorInformation, kind: DocumentKind) -> DoctorDocument:
    content = draw(doctor, kind)
    row = DoctorDocument(
        doctor=doctor,
        kind=kind,
        original_name=f"specimen-{kind}.png",
        content_type=PNG,
        size=len(content),
        expires_on=doctor.license_expires_on if kind == DocumentKind.LICENSE else None,
    )
    store_file(row.file, CheckedFile(content, PNG))
    return row


def draw(doctor: DoctorInformation, kind: DocumentKind) -> bytes:
    """One document as a PNG."""
    image = _form(kind).copy()
    pen = ImageDraw.Draw(image)
    for at, (label, value) in enumerate(_lines(doctor, kind)):
        pen.text((330, 230 + 62 * at), label, font=_font(20), fill=FRAME)
        pen.text((530, 225 + 62 * at), value, font=_font(27), fill=INK)
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=1)
    return out.getvalue()


@cache
def _form(kind: DocumentKind) -> Image.Image:
    """The background that all documents of a kind share, in few colours."""
    image = Image.new("RGB", SIZE, PAPER)
    _stamp(image)
    pen = ImageDraw.Draw(image)
    pen.rectangle((18, 18, SIZE[0] - 18, SIZE[1] - 18), outline=FRAME, width=6)
    pen.rectangle((32, 32, SIZE[0] - 32, SIZE[1] - 32), outline=FRAME, width=2)
    _centred(pen, 70, ISSUERS[kind], 30, FRAME)
    _centred(pen, 118, TITLES[kind], 50, INK)
    if kind == DocumentKind.IDENTITY:
        _portrait(pen)
    _centred(pen, 570, "SPECIMEN - made up for a demonstration, valid for nothing", 24, "#b91c1c")
    return image.quantize(32, Image.Quantize.FASTOCTREE)


_font = cache(ImageFont.load_default)


def _lines(doctor: DoctorInformation, kind: DocumentKind) -> list[tuple[str, str]]:
    """The text on a document."""
    name = doctor.name.removeprefix("Dr. ")
    year = doctor.submitted_at.year - doctor.experience
    match kind:
        case DocumentKind.LICENSE:
            rest = [
                ("Number", doctor.license_number),
                ("Registered", str(year)),
                ("Valid until", str(doctor.license_expires_on)),
            ]
        case DocumentKind.DEGREE:
            rest = [("Degree", doctor.education), ("Awarded", str(year - 1)), ("Class", "Second")]
        case DocumentKind.IDENTITY:
            rest = [
                ("Number", f"000 {doctor.license_number[-5:]} 000"),
                ("Born", str(year - 26)),
                ("Address", doctor.location),
            ]
    return [("Name", name), *rest]


def _stamp(image: Image.Image) -> None:
    """SPECIMEN, diagonally across the page."""
    layer = Image.new("L", SIZE, 0)
    pen = ImageDraw.Draw(layer)
    pen.text((SIZE[0] / 2, SIZE[1] / 2), "SPECIMEN", font=_font(170), fill=255, anchor="mm")
    image.paste(STAMP, mask=layer.rotate(24))


def _portrait(pen: ImageDraw.ImageDraw) -> None:
    """A portrait outline without a face."""
    pen.rectangle((80, 220, 280, 470), outline=FRAME, width=3)
    pen.ellipse((140, 250, 220, 340), fill="#9aa5b1")
    pen.pieslice((100, 355, 260, 580), 180, 360, fill="#9aa5b1")


def _centred(pen: ImageDraw.ImageDraw, top: int, text: str, size: int, colour: str) -> None:
    pen.text((SIZE[0] / 2, top), text, font=_font(size), fill=colour, anchor="mt")
