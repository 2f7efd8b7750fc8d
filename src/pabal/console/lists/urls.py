from django.urls import path

from pabal.console.lists import views

app_name = "lists"
urlpatterns = [
    path("lists/", views.lists, name="lists"),
    path("lists/add/", views.add_list, name="add-list"),
    path("lists/<int:number>/", views.edit_list, name="edit-list"),
    path("lists/<int:number>/archive/", views.archive_list, name="archive-list"),
    path("topics/", views.topics, name="topics"),
    path("topics/add/", views.add_topic, name="add-topic"),
    path("topics/<int:number>/", views.edit_topic, name="edit-topic"),
    path("topics/<int:number>/archive/", views.archive_topic, name="archive-topic"),
]
