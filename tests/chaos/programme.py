"""Every scenario: importing a module registers what it tells."""

from chaos import killing, racing, serving, storing, timing
from chaos.playing import SCENARIOS

__all__ = ["MODULES", "SCENARIOS"]

MODULES = (killing, serving, storing, timing, racing)
