"""Methods, content types, size limits and logging of all requests."""

import json
import logging

from django.db import OperationalError, connection
from django.test import TestCase

from shs.core.log import JsonFormatter
from shs.testing import Api, TestUsers


class Methods(TestUsers, TestCase):
    def test_head_is_answered_like_get_without_a_body(self):
        for caller, path, status in (
            (Api(), "/doctors/search", 200),
            (Api(self.alice), "/auth/profile", 200),
            (Api(), "/auth/profile", 401),
            (Api(), "/doctors/0", 404),
            (Api(), "/auth/login", 405),
        ):
            with self.subTest(path=path):
                answer = caller.call("HEAD", path)
                self.assertEqual((answer.status_code, answer.content), (status, b""))


class Bodies(TestUsers, TestCase):
    FORM = b'--x\r\nContent-Disposition: form-data; name="email"\r\n\r\nalice\r\n--x--\r\n'

    def send(self, path: str, body: bytes, kind: str):
        return self.client.generic("POST", f"/api/v1{path}", body, content_type=kind)

    def test_form_data_instead_of_json_is_415(self):
        answer = self.send("/auth/login", self.FORM, "multipart/form-data; boundary=x")
        self.assertEqual((answer.status_code, answer["Content-Type"]), (415, "application/problem+json"))

    def test_invalid_json_is_400(self):
        for body in (b"{", b"\xe9", b"[" * 100_000, b"email=alice"):
            with self.subTest(body=body[:10]):
                self.assertEqual(self.send("/auth/login", body, "application/json").status_code, 400)

    def test_an_error_about_the_whole_body_names_no_internal_field(self):
        for body in (b"", b"[]", b"null", b"7"):
            with self.subTest(body=body):
                answer = self.send("/auth/login", body, "application/json")
                self.assertEqual((answer.status_code, [row["field"] for row in answer.json()["errors"]]), (422, [""]))

    def test_an_empty_name_is_refused_with_a_message(self):
        answer = Api(self.alice).patch("/auth/profile", {"name": "  "})
        self.assertEqual(answer.json()["errors"], [{"field": "name", "message": "This field may not be empty."}])


class DatabaseUnreachable(TestUsers, TestCase):
    """The middleware and error handlers with the exception that an unreachable database raises."""

    def test_admin_and_api_answer_503_with_retry_after(self):
        self.client.force_login(self.frank, backend="shs.users.backends.EmailBackend")

        def gone(execute, sql, params, many, context):
            if "doctors_clinic" in sql or "doctors_doctorspecialization" in sql:
                raise OperationalError("server closed the connection unexpectedly")
            return execute(sql, params, many, context)

        for url, kind in (
            ("/admin/doctors/clinic/", "text/plain; charset=utf-8"),
            ("/api/v1/doctors/specializations", "application/problem+json"),
        ):
            with self.subTest(url=url), connection.execute_wrapper(gone), self.assertLogs("shs.core.api.problems"):
                answer = self.client.get(url)
                self.assertEqual((answer.status_code, answer["Content-Type"]), (503, kind))
                self.assertGreater(int(answer["Retry-After"]), 0)
                self.assertNotContains(answer, "server closed", status_code=503)


class LogLines(TestUsers, TestCase):
    def test_the_log_line_of_a_refused_request_has_request_and_user_and_no_secret(self):
        with self.assertLogs("django.request", "WARNING") as logs:
            headers = {"Authorization": Api(self.alice).headers["Authorization"]}
            answer = self.client.get("/api/v1/appointments/999999?token=hidden", headers=headers)
        line = json.loads(JsonFormatter().format(logs.records[0]))
        self.assertEqual((line["request"], line["user"]), (answer["X-Request-ID"], self.alice.pk))
        self.assertNotIn("hidden", json.dumps(line))
        self.assertEqual(logging.getLevelName(line["level"]), logging.WARNING)
