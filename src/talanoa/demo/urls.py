"""Every address of the site, and the post office, which only the demo has."""

from django.urls import include, path

from talanoa import urls as house
from talanoa.demo import views

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

urlpatterns = [path("post-office/", include(_post_office)), *house.urlpatterns]

handler400, handler403, handler404, handler500 = house.handler400, house.handler403, house.handler404, house.handler500
