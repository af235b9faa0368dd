"""Addresses of signing in and of one's own pages."""

from django.urls import path

from talanoa.website.people import views

urlpatterns = [
    path("sign-in", views.sign_in, name="sign-in"),
    path("sign-in/<str:token>", views.use_link, name="use-link"),
    path("sign-out", views.sign_out, name="sign-out"),
    path("me", views.profile, name="me"),
    path("me/approached", views.approached, name="approached"),
    path("me/resume", views.resume_own, name="resume-own"),
    path("resume/<str:token>", views.resume, name="resume"),
    path("me/sessions", views.sessions, name="sessions"),
    path("me/sessions/<int:pk>", views.end_session, name="end-session"),
]
