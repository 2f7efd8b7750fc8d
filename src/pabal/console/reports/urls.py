from django.urls import path

from pabal.console.reports import returning, steering, views

app_name = "reports"
urlpatterns = [
    path("campaigns/", views.campaigns, name="campaigns"),
    path("campaigns/compare/", views.compare, name="compare"),
    path("campaigns/returned/", returning.returning, name="returning"),
    path("campaigns/<slug:campaign_id>/", views.campaign, name="campaign"),
    path("campaigns/<slug:campaign_id>/live/", views.live, name="live"),
    path("campaigns/<slug:campaign_id>/spread/", views.spread, name="spread"),
    path("campaigns/<slug:campaign_id>/experiment/", views.experiment, name="experiment"),
    path("campaigns/<slug:campaign_id>/decide/", steering.decide, name="decide"),
    path("campaigns/<slug:campaign_id>/use/", views.use, name="use"),
    path("campaigns/<slug:campaign_id>/export/", views.export, name="export"),
    path("campaigns/<slug:campaign_id>/pause/", steering.pause, name="pause"),
    path("campaigns/<slug:campaign_id>/resume/", steering.resume, name="resume"),
    path("campaigns/<slug:campaign_id>/cancel/", steering.cancel, name="cancel"),
    path("campaigns/<slug:campaign_id>/deliveries/", views.deliveries, name="deliveries"),
    path("campaigns/<slug:campaign_id>/deliveries/<slug:delivery_id>/", views.story, name="story"),
    path(
        "campaigns/<slug:campaign_id>/deliveries/<slug:delivery_id>/settle/",
        steering.settle,
        name="settle",
    ),
]
