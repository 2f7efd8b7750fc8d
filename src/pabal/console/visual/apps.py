from django.apps import AppConfig


class VisualConfig(AppConfig):
    name = "pabal.console.visual"
    label = "visual"
