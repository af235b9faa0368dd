"""Every address of the house: the pages, and the doors for mail providers."""

from django.urls import include, path

from talanoa.mailroom import webhooks
from talanoa.website import urls as website

urlpatterns = [path("providers/", include(webhooks.urlpatterns)), *website.urlpatterns]

handler400, handler403, handler404, handler500 = website.handler400, website.handler403, website.handler404, website.handler500
