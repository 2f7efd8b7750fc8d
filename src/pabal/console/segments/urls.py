from django.urls import path

from pabal.console.segments import views

app_name = "segments"
urlpatterns = [
    path("", views.segments, name="segments"),
    path("add/", views.add, name="add"),
    path("draft/", views.draft, name="draft"),
    path("count/", views.count_draft, name="count-draft"),
    path("<int:number>/", views.edit, name="edit"),
    path("<int:number>/count/", views.count, name="count"),
    path("<int:number>/delete/", views.delete, name="delete"),
]
