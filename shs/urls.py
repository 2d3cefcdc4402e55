"""Addresses: the admin, the patient API and its documentation, and how the process is."""

from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView

from shs.api import api, openapi, redoc, swagger
from shs.core.health import healthz, readyz
from shs.core.language import choose_language, script_words

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("admin/language", choose_language, name="set_language"),
    path("admin/words/<str:language>.js", script_words, name="script_words"),
    path("admin/", admin.site.urls),
    path("api/schema/", openapi, name="openapi"),
    path("api/schema/swagger-ui/", swagger, name="swagger"),
    path("api/schema/redoc/", redoc, name="redoc"),
    path("api/v1/", api.urls),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
]

handler403 = "shs.core.pages.denied"
handler404 = "shs.core.pages.not_found"
handler500 = "shs.core.pages.broken"
