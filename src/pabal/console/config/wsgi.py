"""The console as a WSGI application, for granian or any other server."""

from django.core.wsgi import get_wsgi_application

from pabal.console.config.start import setup

setup()
application = get_wsgi_application()

from pabal.console.public import kept  # noqa: E402 (its models want Django to be set up)

kept.watch()
