"""Every API route declares who may call it, and keeps to it for every test user."""

from collections.abc import Iterator
from copy import copy
from typing import NamedTuple

from django.db import transaction
from django.test import SimpleTestCase, TestCase, tag
from django.urls import reverse
from ninja.constants import NOT_SET

from shs.api import api, paths
from shs.core.api.authentication import Anyone, RouteAuth, SignedIn, requires
from shs.core.grants.table import holds
from shs.core.types import MAX_ID
from shs.testing import INSIDE, OUTSIDE, Api, EveryModel
from shs.tests.generate import one_class_each

FIXED = {"code": "K7QX2M", "patient_id": None}


class Route(NamedTuple):
    method: str
    path: str
    caller: object
    is_inherited: bool

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def routes() -> Iterator[Route]:
    """Every operation of the API; `path` as in the OpenAPI document, with `{pk}`."""
    for prefix, router in api._routers:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                for method in operation.methods:
                    full = f"{prefix}{path}".replace("{id:", "{").replace("{str:", "{").replace("{uuidstr:", "{")
                    yield Route(method, full, operation.auth_param, operation.auth_param is NOT_SET)


class Declared(SimpleTestCase):
    def test_every_route_declares_auth(self):
        silent = [str(route) for route in routes() if route.is_inherited or not isinstance(route.caller, RouteAuth)]
        self.assertEqual(silent, [])

    def test_routes_finds_every_operation_of_the_openapi_document(self):
        document = api.get_openapi_schema(path_prefix="/")
        documented = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
        walked = {(route.method, f"/{route.path.lstrip('/')}") for route in routes()} - {("GET", "/")}
        self.assertEqual(walked, documented)

    def test_the_routes_under_each_prefix_are_those_of_the_api(self):
        written = [(str(route.pattern), route.name) for route in api.urls[0]]
        grouped = []
        for group in paths()[0]:
            for route in getattr(group, "url_patterns", [group]):
                prefix = str(group.pattern) if group is not route else ""
                grouped.append((f"{prefix}{route.pattern}", route.name))
        self.assertCountEqual(grouped, written)
        self.assertLess(len(paths()[0]), len(written) / 4)

    def test_every_permission_of_a_route_is_in_a_grant_table(self):
        from shs.core.grants.table import granted_models, parse

        for route in routes():
            for asked in route.caller.permissions if isinstance(route.caller, requires) else ():
                model, action = parse(*asked.split(".", 1))
                with self.subTest(route=str(route)):
                    self.assertTrue(any(action in line.actions for line in granted_models().get(model, ())))


@tag("replay")
class Calling(EveryModel):
    """Calls routes with ids that exist, and with ids that do not."""

    def paths(self, route: Route) -> Iterator[str]:
        """The route with its parameters filled: with ids that exist, and with ids that do not."""
        if "{" not in route.path:
            yield route.path
            return
        known = [
            self.visit.pk,
            self.past_visit.pk,
            self.dr_carol.pk,
            self.dr_dave.pk,
            self.time_off.pk,
            self.alice.pk,
            self.prescription.pk,
        ]
        for pk in sorted({*known, 1, 2**62, MAX_ID, MAX_ID + 1, 10**19}):
            path = route.path
            for name in [part.split("}")[0] for part in path.split("{")[1:]]:
                path = path.replace(f"{{{name}}}", str(FIXED.get(name) or pk))
            yield path

    def call(self, caller: Api, route: Route, path: str) -> int:
        """The status of a call whose changes are rolled back."""
        with transaction.atomic():
            response = caller.call(route.method, path, None if route.method in {"GET", "DELETE"} else {})
            transaction.set_rollback(True)
        if response.status_code >= 400:
            self.assertEqual(response["Content-Type"], "application/problem+json")
        return response.status_code


@tag("any_database")
@one_class_each("who", (*OUTSIDE, *INSIDE))
class EveryRoute(Calling):
    who: str

    def test_forbidden_calls_are_401_or_403_and_no_call_is_500(self):
        user = copy(self.people[self.who])
        caller = Api(user if user.is_authenticated else None)
        if user.is_authenticated:
            user.act_as_patient()  # as tokens let staff
        for route in routes():
            expected = self.expected(route, user)
            for path in self.paths(route):
                with self.subTest(route=f"{route.method} {path}"):
                    self.assertIn(self.call(caller, route, path), expected)

    def expected(self, route: Route, user) -> set[int]:
        """The statuses that `user` may get from `route` if it is called without fields."""
        done = {200, 201, 202, 204, 404, 409, 422}
        if isinstance(route.caller, Anyone):
            return done
        if not isinstance(route.caller, SignedIn):
            return {401}  # another program calls it, which signs what it sends
        if not (user.is_authenticated and user.is_active and not user.is_pharmacys):  # pharmacies use no app
            # A number that is too large for the database matches no route, for any user.
            return {401, 404} if "{" in route.path else {401}
        if isinstance(route.caller, requires) and not (
            user.uses_api and any(holds(user, permission) for permission in route.caller.permissions)
        ):
            return {403, 404} if "{" in route.path else {403}
        return done | {403} if "{" in route.path else done


class ForEveryone(Calling, TestCase):
    def test_too_large_ids_are_404_and_others_are_checked_after_permissions(self):
        self.assertEqual(Api().get(f"/appointments/{MAX_ID + 1}").status_code, 404)
        self.assertEqual(Api().get(f"/appointments/{MAX_ID}").status_code, 401)

    def test_an_invalid_token_is_401_on_closed_routes_and_ignored_on_open_ones(self):
        caller = Api()
        for token in ("Bearer x", "Bearer", "Bearer a.b.c", "Basic YTpi", "bearer \u00e9", "Bearer " + "x" * 5000):
            caller.headers = {"Authorization": token}
            for route in routes():
                if route.method != "GET" or "{" in route.path:
                    continue
                with self.subTest(token=token[:12], route=str(route)):
                    expected = 401 if isinstance(route.caller, SignedIn) else 200
                    self.assertEqual(caller.get(route.path).status_code, expected)

    def test_an_unsupported_method_is_405(self):
        response = Api(self.alice).call("DELETE", "/doctors/search")
        self.assertEqual(response.status_code, 405)
        self.assertEqual(response["Content-Type"], "application/problem+json")
        self.assertIn("GET", response["Allow"])

    def test_a_trailing_slash_is_optional(self):
        for route in routes():
            if "{" in route.path or route.path == "/":
                continue
            other = route.path[:-1] if route.path.endswith("/") else f"{route.path}/"
            for caller in (Api(), Api(self.alice), Api(self.carol)):
                with self.subTest(route=f"{route.method} {other}"):
                    self.assertEqual(self.call(caller, route, other), self.call(caller, route, route.path))


class Pages(EveryModel, TestCase):
    def test_the_index_links_to_the_documentation(self):
        links = Api().get("/").json()["links"]
        for name in ("openapi", "swagger", "redoc"):
            with self.subTest(page=name):
                self.assertEqual(self.client.get(links[name]).status_code, 200)

    def test_the_documentation_loads_no_external_resources(self):
        for name in ("swagger", "redoc"):
            with self.subTest(page=name):
                page = self.client.get(reverse(name)).content.decode()
                self.assertNotIn('src="http', page)
                self.assertNotIn('href="http', page)

    def test_the_openapi_document_is_version_3_1(self):
        self.assertTrue(self.client.get(reverse("openapi")).json()["openapi"].startswith("3.1"))

    def test_the_openapi_document_uses_the_documented_names(self):
        document = self.client.get("/api/schema/").json()
        self.assertIn("/api/v1/doctors/{id}/slots", document["paths"])
        self.assertFalse([path for path in document["paths"] if "{pk}" in path])
        booking = document["paths"]["/api/v1/appointments/"]["post"]
        self.assertEqual([row["name"] for row in booking["parameters"]], ["Idempotency-Key"])
        self.assertEqual(booking["security"], [{"bearer": []}])
        self.assertEqual(list(document["components"]["securitySchemes"]), ["bearer"])

    def test_an_unknown_url_of_the_api_is_a_problem_response(self):
        response = self.client.get("/api/v1/no-such-thing")
        self.assertEqual((response.status_code, response["Content-Type"]), (404, "application/problem+json"))

    def test_every_response_has_a_request_id_and_must_be_revalidated(self):
        for caller, path, kept in (
            (Api(self.alice), "/appointments/my-appointments", "no-store"),
            (Api(self.alice), "/doctors/search", "private, no-cache"),
            (Api(), "/doctors/search", "public, no-cache"),
        ):
            with self.subTest(path=path, kept=kept):
                response = caller.get(path)
                self.assertRegex(response["X-Request-ID"], r"^[0-9a-f]{32}$")
                self.assertEqual(response["Cache-Control"], kept)

    def test_the_process_is_healthy(self):
        self.assertEqual(self.client.get("/healthz").json(), {"status": "ok"})

    def test_responses_have_a_content_security_policy(self):
        self.assertIn("script-src 'self'", Api().get("/doctors/search")["Content-Security-Policy"])
        self.assertNotIn("unsafe", Api().get("/doctors/search")["Content-Security-Policy"])
