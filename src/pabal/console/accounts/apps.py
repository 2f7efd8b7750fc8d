from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "pabal.console.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Note who signs in."""
        from pabal.console.accounts import audit as audit
