from django.urls import path, re_path

from pabal.console.media import views

app_name = "media"
urlpatterns = [
    path("images/", views.images, name="images"),
    re_path(r"^media/([0-9a-f]{32}\.(?:png|jpg|gif|webp))$", views.image, name="image"),
]
