"""Addresses: the admin, the patient API and its documentation. Probes are answered by a middleware (core/health.py)."""

from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView

from shs.api import api, openapi, redoc, swagger
from shs.core.language import choose_language

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    # Not under /admin/: it is also chosen before the second factor has been asked for.
    path("language", choose_language, name="set_language"),
    path("admin/", admin.site.urls),
    path("api/schema/", openapi, name="openapi"),
    path("api/schema/swagger-ui/", swagger, name="swagger"),
    path("api/schema/redoc/", redoc, name="redoc"),
    path("api/v1/", api.urls),
]

handler403 = "shs.core.admin.error_pages.denied"
handler404 = "shs.core.admin.error_pages.not_found"
handler500 = "shs.core.admin.error_pages.broken"
