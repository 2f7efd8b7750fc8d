from django.apps import AppConfig


class ComposingConfig(AppConfig):
    name = "pabal.console.composing"
    label = "composing"
