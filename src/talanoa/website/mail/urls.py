"""Addresses of the mail log and of the one-click link."""

from django.urls import path

from talanoa.website.mail import views

urlpatterns = [
    path("log", views.log, name="log"),
    path("log/<int:pk>", views.original, name="original"),
    path("log/<int:pk>/raw", views.raw, name="raw"),
    path("log/<int:pk>/put-back", views.put_back, name="put-back"),
    path("leave/<str:token>", views.leave, name="leave"),
]
