"""Addresses of consultations; `/c/<slug>/consultations/<number>` stands in every announcement and must stay."""

from django.urls import path

from talanoa.website.consultations import downloads, reading, views, workplace

urlpatterns = [
    path("c/<slug:slug>/consultations", views.listing, name="consultations"),
    path("c/<slug:slug>/consultations/prepare", workplace.prepare, name="prepare-consultation"),
    path("c/<slug:slug>/consultations/<int:number>", views.consultation, name="consultation"),
    path("c/<slug:slug>/consultations/<int:number>/comments/<int:comment>", views.comment, name="comment"),
    path("c/<slug:slug>/consultations/<int:number>/matrix", reading.matrix, name="matrix"),
    path("c/<slug:slug>/consultations/<int:number>/life", reading.life, name="consultation-life"),
    path("c/<slug:slug>/consultations/<int:number>/matrix.<str:ending>", downloads.matrix, name="matrix-file"),
    path("c/<slug:slug>/consultations/<int:number>/proceedings.<str:ending>", downloads.proceedings, name="proceedings"),
    path("c/<slug:slug>/consultations/<int:number>/drafts/<int:version>.<str:ending>", downloads.draft, name="draft"),
    path("consultations/<int:pk>", workplace.workplace, name="consultation-workplace"),
]
