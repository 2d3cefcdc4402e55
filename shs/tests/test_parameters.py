"""Every API route refuses query parameters that it does not know, and takes all that it documents."""

from django.db import transaction
from django.test import TestCase, override_settings, tag

from shs.api import api
from shs.core.api.authentication import Anyone, SignedIn
from shs.notices.signature import HEADER, signature
from shs.testing import Api, EveryModel
from shs.tests.test_routes import Route, routes

UNKNOWN = "rating_from"
ANSWERS_BEFORE = {400, 403, 404, 409, 415, 422}
"""Statuses with which a route may refuse a call without a body or of a row that is not there."""


NEEDED = {
    "/doctors/me/time-off/preview": "&starts_at=2030-01-01T09:00Z&ends_at=2030-01-02T09:00Z",
    "/medicines/": "&q=amo",
}
"""Parameters without which a route names only those that are missing."""

KEY = "k" * 32
SIGNED = {HEADER: signature(b"", KEY)}
"""The header by which the SMS gateway signs an empty body."""


@tag("replay")
@override_settings(SMS_REPORT_KEY=KEY)
class Unknown(EveryModel, TestCase):
    """Each route is called as somebody who may call it, if anybody of these may."""

    def answers(self, route: Route):
        """The answers of one route to its callers, with a parameter that no route knows."""
        path = (
            f"/{route.path.lstrip('/')}".replace("{pk}", "1").replace("{code}", "K7QX2M").replace("{patient_id}", "1")
        )
        callers = [Api(user) for user in (self.alice, self.carol, self.frank)]
        if not isinstance(route.caller, SignedIn):
            callers = [Api()]
            callers[0].headers = {} if isinstance(route.caller, Anyone) else SIGNED
        for caller in callers:
            with transaction.atomic():
                yield caller.call(route.method, f"{path}?{UNKNOWN}=4.9{NEEDED.get(path, '')}")
                transaction.set_rollback(True)

    def test_no_route_answers_a_call_with_an_unknown_parameter(self):
        for route in routes():
            with self.subTest(route=str(route)):
                self.assertLessEqual({answer.status_code for answer in self.answers(route)}, ANSWERS_BEFORE)

    def test_every_list_names_the_unknown_parameter(self):
        for route in routes():
            if route.method != "GET" or "{" in route.path:
                continue
            with self.subTest(route=str(route)):
                fields = [
                    error["field"]
                    for answer in self.answers(route)
                    if answer.status_code == 422
                    for error in answer.json()["errors"]
                ]
                self.assertEqual(set(fields), {UNKNOWN})

    def test_a_misspelt_filter_of_the_doctor_search_is_named(self):
        answer = Api().get("/doctors/search", rating=4.9, q="")
        self.assertEqual((answer.status_code, answer.json()["errors"][0]["field"]), (422, "rating"))
        self.assertEqual(Api().get("/doctors/search", min_rating=4.9, q="").status_code, 200)

    def test_a_route_without_a_login_answers_401_first(self):
        self.assertEqual(Api().get("/appointments/my-appointments", rating=1).status_code, 401)

    def test_every_documented_parameter_is_known(self):
        document = api.get_openapi_schema(path_prefix="/")
        for path, item in document["paths"].items():
            for parameter in item.get("get", {}).get("parameters", []):
                if parameter["in"] == "query" and "{" not in path:
                    with self.subTest(path=path, parameter=parameter["name"]):
                        answer = Api(self.alice).get(path, **{parameter["name"]: ""})
                        errors = answer.json().get("errors", []) if answer.status_code == 422 else []
                        self.assertNotIn("There is no such parameter.", [error["message"] for error in errors])
