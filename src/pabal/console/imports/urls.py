from django.urls import path

from pabal.console.imports import views

app_name = "imports"
urlpatterns = [
    path("", views.imports, name="imports"),
    path("add/", views.add, name="add"),
    path("<int:number>/", views.run, name="run"),
    path("<int:number>/progress/", views.progress, name="progress"),
    path("<int:number>/set-up/", views.set_up, name="set-up"),
    path("<int:number>/start/", views.start, name="start"),
    path("<int:number>/rows.csv", views.rows, name="rows"),
    path("<int:number>/delete/", views.delete, name="delete"),
]
