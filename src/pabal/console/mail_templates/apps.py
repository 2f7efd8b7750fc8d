from django.apps import AppConfig


class MailTemplatesConfig(AppConfig):
    name = "pabal.console.mail_templates"
    label = "mail_templates"
    default_auto_field = "django.db.models.BigAutoField"
