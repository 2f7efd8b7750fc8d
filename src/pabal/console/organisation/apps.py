from django.apps import AppConfig


class OrganisationConfig(AppConfig):
    name = "pabal.console.organisation"
    label = "organisation"
