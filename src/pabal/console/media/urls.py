from django.urls import path, re_path

from pabal.console.media import views

app_name = "media"
_NAME = r"([0-9a-f]{32}\.(?:png|jpg|gif|webp))"
urlpatterns = [
    path("images/", views.images, name="images"),
    path("images/choose/", views.choose, name="choose"),
    re_path(rf"^images/{_NAME}/delete/$", views.delete, name="delete"),
    re_path(rf"^media/{_NAME}$", views.image, name="image"),
]
