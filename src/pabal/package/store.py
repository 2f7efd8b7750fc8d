"""Where packages are kept: the port, and directories."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Protocol

from pabal.domain.identity import CampaignId
from pabal.package.errors import PackageMissing, StoreUnavailable


class PackageDraft(Protocol):
    """A package that is being written. Nobody can read it before `seal`."""

    def put(self, name: str, content: bytes) -> None: ...

    def seal(self, digest: str) -> None:
        """Make it readable under its digest, durable on return. Same digest, same package."""
        ...

    def discard(self) -> None:
        """Throw away what was put; nothing happens after `seal`."""
        ...


class PackageStore(Protocol):
    def draft(self, campaign: CampaignId) -> PackageDraft: ...

    def read(self, campaign: CampaignId, digest: str, name: str) -> bytes:
        """Raises PackageMissing: no such package, or no such file in it."""
        ...

    def prune(self, campaign: CampaignId, *, keep: str) -> None:
        """Remove the campaign's packages but the one with this digest."""
        ...


class DirectoryStore:
    """Packages as directories: root / campaign / digest / name."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def draft(self, campaign: CampaignId) -> "DirectoryDraft":
        home = self._root / campaign
        try:
            home.mkdir(parents=True, exist_ok=True)
            return DirectoryDraft(
                campaign, home, Path(tempfile.mkdtemp(prefix=".draft-", dir=home))
            )
        except OSError as error:
            raise StoreUnavailable(campaign=campaign, reason=error.strerror) from error

    def read(self, campaign: CampaignId, digest: str, name: str) -> bytes:
        try:
            return (self._root / campaign / digest / name).read_bytes()
        except FileNotFoundError as error:
            raise PackageMissing(campaign=campaign, name=name) from error
        except OSError as error:
            raise StoreUnavailable(campaign=campaign, reason=error.strerror) from error

    def prune(self, campaign: CampaignId, *, keep: str) -> None:
        home = self._root / campaign
        if not home.exists():
            return
        for path in home.iterdir():
            # A draft may be another process's work of this moment; it is not ours to remove.
            if path.name != keep and not path.name.startswith("."):
                shutil.rmtree(path, ignore_errors=True)


class DirectoryDraft:
    """A hidden directory that takes its digest for a name when it is complete."""

    def __init__(self, campaign: CampaignId, home: Path, path: Path) -> None:
        self._campaign = campaign
        self._home = home
        self._path = path

    def put(self, name: str, content: bytes) -> None:
        try:
            with (self._path / name).open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise StoreUnavailable(campaign=self._campaign, reason=error.strerror) from error

    def seal(self, digest: str) -> None:
        try:
            self._path.chmod(0o755)
            self._path.rename(self._home / digest)
            _sync_directory(self._home)
        except OSError as error:
            if not (self._home / digest).is_dir():
                raise StoreUnavailable(campaign=self._campaign, reason=error.strerror) from error
            self.discard()

    def discard(self) -> None:
        shutil.rmtree(self._path, ignore_errors=True)


def _sync_directory(path: Path) -> None:
    """A rename is durable only when its directory is (fsync(2))."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
