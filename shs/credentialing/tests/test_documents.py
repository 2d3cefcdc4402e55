"""Documents of doctors: detecting their type, storing and serving them."""

import io
import struct
import zlib

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, TestCase
from django.utils import timezone
from PIL import Image

from shs.core.reads.models import ReadLog
from shs.credentialing.models import DoctorDocument
from shs.credentialing.services import MAX_DOCUMENTS
from shs.doctors.models import Verification
from shs.testing import Api, EveryModel

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 30), **options) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, **options)
    return out.getvalue()


def bomb(width: int = 50_000, height: int = 50_000) -> bytes:
    """A tiny PNG file whose header claims a huge size."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\x00" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


class Uploading(EveryModel, TestCase):
    def send(self, content: bytes, *, name: str = "licence.pdf", kind: str = "license", user=None):
        caller = Api(user or self.dave)
        fields = {"kind": kind, "file": SimpleUploadedFile(name, content)}
        return Client().post("/api/v1/doctors/me/documents", fields, headers=caller.headers)

    def test_the_type_is_detected_from_the_content(self):
        for content, name, kind in (
            (PDF, "x.exe", "application/pdf"),
            (picture(), "x.pdf", "image/png"),
            (picture("JPEG"), "x.png", "image/jpeg"),
        ):
            with self.subTest(kind=kind):
                answer = self.send(content, name=name)
                self.assertEqual((answer.status_code, answer.json()["content_type"]), (201, kind))

    def test_other_file_types_are_422_whatever_the_name(self):
        before = DoctorDocument.objects.count()
        for name, content in {
            "program.pdf": b"MZ\x90\x00" + b"\x00" * 300,
            "page.png": b"<html><script>alert(1)</script></html>",
            "drawing.png": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            "animation.png": picture("GIF"),
            "half.pdf": b"%PDF-1.4 and nothing more",
            "half.png": picture(size=(400, 400))[:200],
            "bomb.png": bomb(),
            "smaller-bomb.png": bomb(7000, 7000),
            "empty.pdf": b"",
        }.items():
            with self.subTest(name=name):
                answer = self.send(content, name=name)
                self.assertEqual(answer.status_code, 422, answer.content)
                self.assertEqual(answer.json()["errors"][0]["field"], "file")
        self.assertEqual(DoctorDocument.objects.count(), before)

    def test_files_over_five_megabytes_are_refused(self):
        self.assertEqual(self.send(PDF[:-6] + b"x" * (5 * 1024 * 1024) + PDF[-6:]).status_code, 422)
        self.assertEqual(self.send(PDF + b"x" * (6 * 1024 * 1024)).status_code, 413)

    def test_an_unknown_kind_and_a_missing_file_are_422(self):
        self.assertEqual(self.send(PDF, kind="selfie").status_code, 422)
        answer = Client().post("/api/v1/doctors/me/documents", {"kind": "license"}, headers=Api(self.dave).headers)
        self.assertEqual((answer.status_code, answer.json()["errors"][0]["field"]), (422, "file"))

    def test_images_are_re_encoded_without_other_content(self):
        exif = Image.Exif()
        exif[0x010E] = "23.8103 N 90.4125 E"
        pk = self.send(picture("JPEG", exif=exif) + b"<?php system('x') ?>", name="x.jpg").json()["id"]
        kept = DoctorDocument.objects.get(pk=pk).file.read()
        self.assertNotIn(b"23.8103", kept)
        self.assertNotIn(b"<?php", kept)

    def test_file_names_cannot_be_guessed(self):
        for name in ("../../evil.pdf", "a\\b.pdf", "é.pdf", "x" * 300 + ".pdf"):
            with self.subTest(name=name[:20]):
                pk = self.send(PDF, name=name).json()["id"]
                document = DoctorDocument.objects.get(pk=pk)
                self.assertRegex(document.file.name, r"^documents/[0-9a-f]{32}\.pdf$")
                self.assertLessEqual(len(document.original_name), 150)

    def test_the_number_of_documents_is_limited(self):
        for _each in range(MAX_DOCUMENTS - 1):
            self.assertEqual(self.send(PDF).status_code, 201)
        self.assertEqual(self.send(PDF).status_code, 422)

    def test_uploading_a_requested_document_resubmits_the_application(self):
        self.dr_dave.ask(question="Send your licence.", now=timezone.now())
        self.send(PDF)
        self.dr_dave.refresh_from_db()
        self.assertEqual(self.dr_dave.verification_status, Verification.PENDING)

    def test_users_without_a_doctor_profile_cannot_upload(self):
        self.assertEqual(self.send(PDF, user=self.alice).status_code, 403)


class Reading(EveryModel, TestCase):
    def read(self, user, document):
        caller = Api(user if user.is_authenticated else None)
        return caller.get(f"/doctors/me/documents/{document.pk}/file")

    def test_doctors_can_read_only_their_own_documents(self):
        document = self.dr_dave.documents.get()
        for name, status in (
            ("nobody", 401),
            ("alice", 403),
            ("carol", 404),
            ("dave", 200),
            ("erin", 403),
            ("grace", 403),
        ):
            with self.subTest(who=name):
                self.assertEqual(self.read(self.people[name], document).status_code, status)

    def test_files_are_sent_as_attachment_with_nosniff(self):
        answer = self.read(self.dave, self.dr_dave.documents.get())
        self.assertEqual(answer["Content-Type"], "application/pdf")
        self.assertIn("attachment", answer["Content-Disposition"])
        self.assertEqual(answer["X-Content-Type-Options"], "nosniff")
        self.assertTrue(b"".join(answer.streaming_content).startswith(b"%PDF"))

    def test_reading_one_is_written_to_the_read_log(self):
        document = self.dr_dave.documents.get()
        self.read(self.dave, document)
        line = ReadLog.objects.latest("pk")
        self.assertEqual((line.reader, line.subject, line.basis), (self.dave, self.dave, ReadLog.Basis.OWN))
        self.assertEqual(line.ids, [document.pk])

    def test_lists_do_not_show_the_storage_path(self):
        (item,) = Api(self.dave).get("/doctors/me/documents").json()
        self.assertEqual(set(item), {"id", "kind", "original_name", "content_type", "size", "expires_on", "created_at"})

    def test_the_upload_folder_is_not_served(self):
        name = self.dr_dave.documents.get().file.name
        for path in (f"/media/{name}", f"/static/{name}", f"/{name}"):
            self.assertEqual(self.client.get(path).status_code, 404)
