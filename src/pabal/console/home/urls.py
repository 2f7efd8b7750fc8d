from django.urls import path

from pabal.console.home import views

app_name = "home"
urlpatterns = [path("", views.start, name="start")]
