from django.apps import AppConfig


class SegmentsConfig(AppConfig):
    name = "pabal.console.segments"
    label = "segments"
