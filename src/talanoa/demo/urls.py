"""Every address of the site, and the post office, which only the demo has."""

from django.urls import include, path

from talanoa.demo import views
from talanoa.website import urls as website

urlpatterns = [
    path("post-office/", include(views.urlpatterns)),
    *website.urlpatterns,
]

handler400, handler403, handler404, handler500 = website.handler400, website.handler403, website.handler404, website.handler500
