from django.apps import AppConfig


class AudienceConfig(AppConfig):
    name = "pabal.console.audience"
    label = "audience"
    default_auto_field = "django.db.models.BigAutoField"
