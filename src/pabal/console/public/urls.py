from django.urls import path

from pabal.console.public import joining, moving, owning, tracked, views, web_view

app_name = "public"
urlpatterns = [
    path("u/<str:token>", views.unsubscribe, name="unsubscribe"),
    path("p/<str:token>", views.preferences, name="preferences"),
    path("p/<str:token>/address", moving.ask, name="move"),
    path("p/<str:token>/data", owning.own_data, name="own-data"),
    path("a/<str:token>", moving.confirm, name="move-confirm"),
    path("w/<str:token>", web_view.web_view, name="web-view"),
    path("join/<slug:identifier>/", joining.join, name="join"),
    path("j/<str:token>", joining.confirm, name="join-confirm"),
    path("c/<str:token>/<int:number>", tracked.click, name="click"),
    path("o/<str:token>", tracked.look, name="look"),
]
