"""Puts together what forgets: for the commands, and for whatever keeps running."""

from pabal.pipeline.local.tidying import Tidying
from pabal.pipeline.local.wiring import Workshop


def make_tidying(workshop: Workshop) -> Tidying:
    from pabal.console.adapters import OrmArchive, OrmErasures

    return Tidying(workshop, OrmErasures(), OrmArchive())
