"""Which database the console's tests run on is what was asked for."""

import os

from django.db import connection


def test_the_database_is_the_one_that_was_asked_for():
    wanted = "postgresql" if "TEST_DATABASE_URL" in os.environ else "sqlite"
    assert connection.vendor == wanted
