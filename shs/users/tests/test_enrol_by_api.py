"""Who must have a second factor gets no token for more than setting one up, which the API offers too."""

from urllib.parse import parse_qs, urlsplit

import time_machine
from django.test import TestCase, override_settings
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from shs.testing import PASSWORD, Api, TestUsers
from shs.tests.test_routes import routes
from shs.users.models import User

REQUIRED = override_settings(STAFF_SECOND_FACTOR="required")
OPEN_WITHOUT = {"/auth/logout", "/auth/second-factor", "/auth/second-factor/confirm"}


@REQUIRED
class Enrolment(TestUsers, TestCase):
    def setUp(self):
        self.clock = time_machine.travel(timezone.now().replace(microsecond=0), tick=False)
        self.now = self.clock.start()
        self.addCleanup(self.clock.stop)

    def log_in(self, user: User, **more: str) -> tuple[int, dict]:
        answer = Api().post("/auth/login", {"email": user.email, "password": PASSWORD, **more})
        return answer.status_code, answer.json()

    def caller(self, body: dict) -> Api:
        caller = Api()
        caller.headers["Authorization"] = f"Bearer {body['access']}"
        return caller

    def code(self, url: str) -> str:
        """The present code of an app that has read the QR code."""
        device = TOTPDevice.objects.get(key=TOTPDevice.objects.latest("pk").key)
        self.assertEqual(parse_qs(urlsplit(url).query)["issuer"], ["Smart Health Synchronizer"])
        totp = TOTP(device.bin_key)
        totp.time = timezone.now().timestamp()
        return f"{totp.token():06d}"

    def enrol(self, user: User) -> tuple[Api, list[str], dict]:
        _status, body = self.log_in(user)
        caller = self.caller(body)
        offered = caller.post("/auth/second-factor").json()
        done = caller.post("/auth/second-factor/confirm", {"code": self.code(offered["url"])})
        self.assertEqual(done.status_code, 200, done.content)
        self.now.shift(60)
        return caller, done.json()["backup_codes"], offered

    def test_a_password_alone_opens_no_route_but_those_of_enrolling(self):
        for user in (self.carol, self.frank):
            status, body = self.log_in(user)
            self.assertEqual((status, body["must_enrol"]), (200, True))
            caller = self.caller(body)
            for route in routes():
                path = "/" + route.path.lstrip("/").replace("{pk}", f"{self.alice.pk}")
                path = path.replace("{patient_id}", f"{self.alice.pk}")
                if path in OPEN_WITHOUT or "{" in path or type(route.caller).__name__ in ("Anyone", "SignedByGateway"):
                    continue
                with self.subTest(who=user.name, route=str(route)):
                    answer = caller.call(route.method, path, None if route.method == "GET" else {})
                    self.assertEqual(answer.status_code, 403)
                    self.assertEqual(answer.json()["type"], "urn:shs:problem:second_factor_required")

    def test_patients_need_none(self):
        self.assertFalse(self.log_in(self.alice)[1]["must_enrol"])
        self.assertEqual(Api(self.alice).get("/auth/profile").status_code, 200)

    def test_enrolling_opens_this_login_and_no_other(self):
        other = self.caller(self.log_in(self.carol)[1])
        caller, codes, _offered = self.enrol(self.carol)
        self.assertEqual(len(codes), 10)
        self.assertEqual(caller.get("/auth/profile").status_code, 200)
        answer = other.get("/auth/profile")
        self.assertEqual((answer.status_code, answer.json()["type"]), (401, "urn:shs:problem:code_needed"))
        self.assertEqual(self.log_in(self.carol)[0], 401)
        self.assertEqual(self.log_in(self.carol, code=codes[0])[0], 200)

    def test_a_refreshed_login_stays_open(self):
        _status, body = self.log_in(self.carol)
        caller = self.caller(body)
        offered = caller.post("/auth/second-factor").json()
        caller.post("/auth/second-factor/confirm", {"code": self.code(offered["url"])})
        newer = Api().post("/auth/token/refresh", {"refresh": body["refresh"]}).json()
        self.assertEqual(self.caller(newer).get("/auth/profile").status_code, 200)

    def test_a_wrong_code_sets_up_nothing_and_a_second_one_cannot_be_set_up(self):
        caller = self.caller(self.log_in(self.carol)[1])
        self.assertEqual(caller.post("/auth/second-factor/confirm", {"code": "000000"}).status_code, 409)
        caller.post("/auth/second-factor")
        self.assertEqual(caller.post("/auth/second-factor/confirm", {"code": "000000"}).status_code, 422)
        self.carol.refresh_from_db()
        self.assertFalse(self.carol.has_second_factor)
        caller, _codes, _offered = self.enrol(self.frank)
        self.assertEqual(caller.post("/auth/second-factor").status_code, 409)

    def test_an_old_login_gives_the_password_again(self):
        caller = self.caller(self.log_in(self.alice)[1])
        self.now.shift(11 * 60)
        for password, status in (("", 422), ("wrong", 422), (PASSWORD, 200)):
            answer = caller.post("/auth/second-factor", {"current_password": password})
            self.assertEqual(answer.status_code, status)

    def test_backup_codes_are_renewed_and_the_factor_is_removed_with_a_code(self):
        caller, codes, _offered = self.enrol(self.alice)
        self.assertEqual(caller.post("/auth/second-factor/backup-codes", {"code": "000000"}).status_code, 422)
        newer = caller.post("/auth/second-factor/backup-codes", {"code": codes[0]}).json()["backup_codes"]
        body = {"current_password": PASSWORD, "code": codes[1]}
        self.assertEqual(caller.post("/auth/second-factor/remove", body).status_code, 422)
        self.assertEqual(caller.post("/auth/second-factor/remove", {**body, "code": newer[0]}).status_code, 204)
        self.assertEqual(self.log_in(self.alice)[0], 200)
