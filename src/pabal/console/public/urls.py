from django.urls import path

from pabal.console.public import tracked, views

app_name = "public"
urlpatterns = [
    path("u/<str:token>", views.unsubscribe, name="unsubscribe"),
    path("p/<str:token>", views.preferences, name="preferences"),
    path("c/<str:token>/<int:number>", tracked.click, name="click"),
    path("o/<str:token>", tracked.look, name="look"),
]
