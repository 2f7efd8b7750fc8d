from django.urls import path

from pabal.console.mailbox import views

app_name = "mailbox"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("of/<slug:delivery_id>/", views.of_delivery, name="of-delivery"),
    path("<slug:mail_id>/", views.mail, name="mail"),
    path("<slug:mail_id>/html", views.html, name="html"),
    path("<slug:mail_id>/raw", views.raw, name="raw"),
]
