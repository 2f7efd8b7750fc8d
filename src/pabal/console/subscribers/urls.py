from django.urls import path

from pabal.console.subscribers import changing, confirming, owning, views

app_name = "subscribers"
urlpatterns = [
    path("", views.table, name="table"),
    path("columns/", views.columns, name="columns"),
    path("export.csv", views.export, name="export"),
    path("add/", changing.add, name="add"),
    path("confirmations/", confirming.confirmations, name="confirmations"),
    path("<int:number>/", views.profile, name="profile"),
    path("<int:number>/edit/", changing.edit, name="edit"),
    path("<int:number>/join/", changing.join, name="join"),
    path("<int:number>/leave/", changing.leave, name="leave"),
    path("<int:number>/stop/", changing.stop, name="stop"),
    path("<int:number>/lift/", changing.lift, name="lift"),
    path("<int:number>/data.json", owning.data, name="data"),
    path("<int:number>/erase/", owning.erase, name="erase"),
]
