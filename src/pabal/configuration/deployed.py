"""A deployed pipeline, as whoever asks it names its parts."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """Names and addresses of a stack's parts. region: "" for what AWS's own settings say."""

    region: str
    table: str
    bucket: str
    state_machine: str
    returns_queue: str
