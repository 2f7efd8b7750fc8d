from django.apps import AppConfig


class SubscribersConfig(AppConfig):
    name = "pabal.console.subscribers"
    label = "subscribers"
