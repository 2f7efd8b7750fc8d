from django.urls import path

from pabal.console.organisation import domains, members, senders, views

app_name = "organisation"
urlpatterns = [
    path("set-up/", views.set_up, name="set-up"),
    path("settings/", views.settings_of_whom, name="settings"),
    path("settings/organisation/", views.details, name="details"),
    path("settings/sending/", views.sending, name="sending"),
    path("settings/activity/", views.activity, name="activity"),
    path("settings/senders/", senders.all_senders, name="senders"),
    path("settings/senders/new/", senders.add, name="sender-new"),
    path("settings/senders/<int:number>/", senders.change, name="sender"),
    path("settings/domains/<str:name>/", domains.domain, name="domain"),
    path("settings/domains/<str:name>/look/", domains.look, name="domain-look"),
    path("settings/members/", members.all_members, name="members"),
    path("settings/members/<int:number>/", members.member, name="member"),
]
