"""The devices that somebody is signed in on, as a person knows them."""

from allauth.usersessions.models import UserSession
from django.http import HttpRequest

# The first that stands in what a browser says of itself: most say several.
_BROWSERS = (
    ("Edg", "Edge"),
    ("Whale", "Whale"),
    ("SamsungBrowser", "Samsung Internet"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)
_SHOWN = 60  # characters


def remember(request: HttpRequest) -> None:
    """List a session that was begun or renewed elsewhere than at allauth's own pages."""
    UserSession.objects.create_from_request(request)


def named(user_agent: str) -> str:
    """Say in two words what sent this header, such as “Chrome · Windows”."""
    found = [
        next((name for mark, name in table if mark in user_agent), "")
        for table in (_BROWSERS, _SYSTEMS)
    ]
    return " · ".join(filter(None, found)) or user_agent[:_SHOWN]
