"""Every scenario: importing a module registers what it tells."""

from chaos import (
    doubting,
    encrypting,
    killing,
    racing,
    serving,
    starting,
    storing,
    timing,
    travelling,
)
from chaos.playing import SCENARIOS

__all__ = ["MODULES", "SCENARIOS"]

MODULES = (killing, serving, encrypting, travelling, storing, timing, racing, starting, doubting)
