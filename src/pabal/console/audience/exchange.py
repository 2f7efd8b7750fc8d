"""What goes between the console's database and the ledger on AWS, each way at least once."""

from django.db import models


class StopNote(models.Model):
    """A suppression was made or lifted here, and is to be told there, in the order of numbers.

    alias: under which the address is kept from now on, if it was erased; "" otherwise.
    """

    id = models.BigAutoField(primary_key=True)
    address = models.CharField(max_length=320)
    scope = models.CharField(max_length=50)
    alias = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()


class NoteHolder(models.Model):
    """Who tells the notes, and until when nobody else does. There is one row at most."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    holder = models.CharField(max_length=100)
    until = models.DateTimeField()


class HeardMessage(models.Model):
    """A message from there that has been acted upon: it may come again."""

    digest = models.CharField(primary_key=True, max_length=64)
    heard_at = models.DateTimeField()
