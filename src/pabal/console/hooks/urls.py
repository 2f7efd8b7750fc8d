from django.urls import path

from pabal.console.hooks import views

app_name = "hooks"
urlpatterns = [
    path("sns", views.sns, name="sns"),
    path("events", views.events, name="events"),
]
