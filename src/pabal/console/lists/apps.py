from django.apps import AppConfig


class ListsConfig(AppConfig):
    name = "pabal.console.lists"
    label = "lists"
