from django.apps import AppConfig


class HomeConfig(AppConfig):
    name = "pabal.console.home"
    label = "home"
