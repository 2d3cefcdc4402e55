"""Base class of the tests of results: Carol has ordered Alice's haemoglobin, and papers to hand in."""

import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

from shs.prescription.tests.scenes import Surgery
from shs.results import services
from shs.results.analytes import Typed
from shs.results.models import Result

SCRIPT = "app.alert('hello')"


def photo(width: int = 60, height: int = 40) -> SimpleUploadedFile:
    """A JPEG that says where it was taken."""
    place = Image.Exif()
    place[0x010E] = "Alice's kitchen"
    out = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(out, "JPEG", exif=place)
    return SimpleUploadedFile("IMG_2041.jpg", out.getvalue(), "image/jpeg")


def pdf(pages: int = 1, *, script: bool = False, password: str = "", attached: bool = False) -> SimpleUploadedFile:
    """A PDF of empty pages, with what it must lose."""
    writer = PdfWriter()
    for _page in range(pages):
        writer.add_blank_page(200, 200)
    if script:
        runs = DictionaryObject(
            {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject(SCRIPT)}
        )
        writer.root_object[NameObject("/OpenAction")] = runs
        link = DictionaryObject({NameObject("/Subtype"): NameObject("/Link"), NameObject("/A"): runs})
        for page in writer.pages:
            page[NameObject("/AA")] = DictionaryObject({NameObject("/O"): runs})
            page[NameObject("/Annots")] = ArrayObject([link])
        writer.add_metadata({"/Author": "Alice's cousin"})
    if attached:
        writer.add_attachment("secret.txt", b"attached text")
    if password:
        writer.encrypt(password)
    out = io.BytesIO()
    writer.write(out)
    return SimpleUploadedFile("scan.pdf", out.getvalue(), "application/pdf")


def value(code: str, number: str, unit: str, low: str = "", high: str = "") -> Typed:
    """A value as it is typed."""
    return Typed(code, Decimal(number), unit, Decimal(low) if low else None, Decimal(high) if high else None)


NORMAL_CREATININE = value("creatinine", "0.9", "mg/dL", "0.6", "1.2")
LOW_HAEMOGLOBIN = value("haemoglobin", "9.8", "g/dL", "12", "15")
CRITICAL_GLUCOSE = value("glucose_random", "26.4", "mmol/L", "3.9", "7.8")


class Laboratory(Surgery):
    """The test users, a visit of Alice to Carol in progress, and what they hand in."""

    def send(self, *values: Typed, by: Any = None, patient: Any = None, upload: Any = None, **fields: Any) -> Result:
        """A result of Alice, handed in by Carol."""
        given = {"title": "Blood test", "taken_on": timezone.localdate() - timedelta(days=1), **fields}
        medicines = given.pop("medicines", ())
        row = Result(patient=patient or self.alice, **given)
        return services.send(
            result=row, upload=upload, values=values, medicines=medicines, by=by or self.carol, now=timezone.now()
        )
