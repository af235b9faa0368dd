"""Addresses of moving in."""

from django.urls import path

from talanoa.website.moving import agreeing

urlpatterns = [
    path("agree/<str:token>", agreeing.agree, name="agree"),
]
