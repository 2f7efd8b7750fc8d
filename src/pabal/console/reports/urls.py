from django.urls import path

from pabal.console.reports import views

app_name = "reports"
urlpatterns = [
    path("campaigns/", views.campaigns, name="campaigns"),
    path("campaigns/<slug:campaign_id>/", views.campaign, name="campaign"),
    path("campaigns/<slug:campaign_id>/deliveries/", views.deliveries, name="deliveries"),
    path("campaigns/<slug:campaign_id>/deliveries/<slug:delivery_id>/", views.story, name="story"),
]
