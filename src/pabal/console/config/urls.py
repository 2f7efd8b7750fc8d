from django.urls import include, path

handler500 = "pabal.console.design.unreachable.failed"
urlpatterns = [
    path("", include("pabal.console.home.urls")),
    path("", include("pabal.console.organisation.urls")),
    path("", include("pabal.console.api.urls")),
    path("", include("pabal.console.composing.urls")),
    path("", include("pabal.console.reports.urls")),
    path("", include("pabal.console.media.urls")),
    path("", include("pabal.console.accounts.urls")),
    path("", include("pabal.console.public.urls")),
    path("hooks/", include("pabal.console.hooks.urls")),
    path("", include("pabal.console.lists.urls")),
    path("imports/", include("pabal.console.imports.urls")),
    path("segments/", include("pabal.console.segments.urls")),
    path("subscribers/", include("pabal.console.subscribers.urls")),
    path("mailbox/", include("pabal.console.mailbox.urls")),
]
