"""Gives the built package the dependencies of requirements/*.in: one list, not two."""

from pathlib import Path

from hatchling.metadata.plugin.interface import MetadataHookInterface


class Dependencies(MetadataHookInterface):
    def update(self, metadata: dict) -> None:
        metadata["dependencies"] = self._named_in("run.in")
        metadata["optional-dependencies"] = {"aws": self._named_in("aws.in")}

    def _named_in(self, file: str) -> list[str]:
        lines = (Path(self.root) / "requirements" / file).read_text().splitlines()
        return [line for line in lines if line and not line.startswith("#")]
