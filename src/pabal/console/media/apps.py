from django.apps import AppConfig


class MediaConfig(AppConfig):
    name = "pabal.console.media"
    label = "media"
