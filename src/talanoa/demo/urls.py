"""Every address of the site, and the post office, which only the demo has."""

from django.urls import include, path

from talanoa.demo import views
from talanoa.website import urls as website

_post_office = [
    path("", views.mailboxes, name="post-office"),
    path("style.css", views.style, name="post-office-style"),
    path("<str:address>/", views.mailbox, name="mailbox"),
    path("<str:address>/write", views.write, name="mailbox-write"),
    path("<str:address>/<int:pk>", views.letter, name="mailbox-letter"),
    path("<str:address>/<int:pk>/html", views.letter_html, name="mailbox-html"),
    path("<str:address>/<int:pk>/bytes", views.letter_bytes, name="mailbox-bytes"),
    path("<str:address>/<int:pk>/files/<int:number>", views.file, name="mailbox-file"),
]

urlpatterns = [path("post-office/", include(_post_office)), *website.urlpatterns]

handler400, handler403, handler404, handler500 = website.handler400, website.handler403, website.handler404, website.handler500
