from django.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "pabal.console.imports"
    label = "imports"
