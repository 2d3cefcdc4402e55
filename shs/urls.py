"""URLs of the admin, the patient API and its documentation. Health checks are answered by a middleware
(core/health.py)."""

from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView

from shs.all_pages import all_pages
from shs.api import openapi, paths, redoc, swagger
from shs.appointment import earlier_pages, feed_pages, queue_pages, visit_pages
from shs.core.admin.site import ANY_STAFF, office
from shs.core.language import choose_language
from shs.letters import letter_pages
from shs.prescription import rx_pages
from shs.users import account_pages

office.add_page("all/", all_pages, name="all_pages", needs=ANY_STAFF)

urlpatterns = [
    # First, because its requests are the most.
    path("api/v1/", paths()),
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    # Not under /admin/, because it is also used before the second factor was entered.
    path("language", choose_language, name="set_language"),
    *account_pages.paths,
    *visit_pages.paths,
    *feed_pages.paths,
    *earlier_pages.paths,
    *queue_pages.paths,
    *rx_pages.paths,
    *letter_pages.paths,
    path("admin/", admin.site.urls),
    path("api/schema/", openapi, name="openapi"),
    path("api/schema/swagger-ui/", swagger, name="swagger"),
    path("api/schema/redoc/", redoc, name="redoc"),
]

handler403 = "shs.core.admin.error_pages.denied"
handler404 = "shs.core.admin.error_pages.not_found"
handler500 = "shs.core.admin.error_pages.broken"
