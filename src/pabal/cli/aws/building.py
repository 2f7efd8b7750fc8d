"""The functions' code, as Lambda takes it: Pabal without what only hosts of our own need.

One package serves all functions. Nothing in it knows of Django, of SQL or of SMTP.
"""

import compileall
import py_compile
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pabal
from pabal.cli.aws.errors import CheckoutMissing, PackagesNotHad

_HERE = Path(pabal.__file__).parent
_LEFT_OUT = (
    "authentication", "cli", "console", "ledger/sql", "pipeline/local", "transport/mailbox",
    "transport/smtp",
)  # fmt: skip
# Of botocore's models of 400 services: the six that functions ask, and what it needs itself.
_SERVICES = ("dynamodb", "s3", "secretsmanager", "sesv2", "sqs", "stepfunctions", "sts")
# Lambda's Amazon Linux 2023 has glibc 2.34.
_PLATFORMS = tuple(f"manylinux{name}_aarch64" for name in ("2014", "_2_28", "_2_34"))
_OLDEST = (1980, 1, 1, 0, 0, 0)  # the same for all, so that equal content is an equal archive

_LAMBDA = (3, 13)

Install = Callable[[Path], None]


def deployment() -> Path:
    """Return the directory with the template. Raises CheckoutMissing."""
    found = _HERE.parents[1] / "deploy" / "aws"
    if not found.is_dir():
        raise CheckoutMissing
    return found


def install_for_lambda(target: Path) -> None:
    """Install the functions' dependencies for Python 3.13 on arm64, by their hashes.

    Raises PackagesNotHad.
    """
    lock = deployment().parents[1] / "requirements" / "lambda.txt"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--target", str(target), "--require-hashes", "-r", str(lock)]
    command += ["--only-binary=:all:", "--implementation=cp", "--python-version=3.13"]
    command += [f"--platform={name}" for name in _PLATFORMS]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PackagesNotHad(reason=done.stderr.strip()[-500:])


def fill(
    target: Path,
    install: Install = install_for_lambda,
    *,
    is_same_python: bool = sys.version_info[:2] == _LAMBDA,
) -> int:
    """Put the functions' code into an empty directory; return its size in bytes.

    is_same_python: it will run in the version of Python that runs this, which may compile it.
    """
    install(target)
    _trim(target)
    for source in _sources():
        place = target / "pabal" / source.relative_to(_HERE)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, place)
    if is_same_python:
        _precompile(target)
    return sum(path.stat().st_size for path in target.rglob("*") if path.is_file())


def pack(directory: Path, archive: Path) -> int:
    """Write a directory into an archive; return the archive's size in bytes."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for path in sorted(path for path in directory.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(str(path.relative_to(directory)), _OLDEST)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            opened.writestr(entry, path.read_bytes())
    return archive.stat().st_size


def _sources() -> Iterator[Path]:
    for path in sorted([*_HERE.rglob("*.py"), *_HERE.rglob("*.mo")]):
        inside = path.relative_to(_HERE).as_posix()
        if not any(inside.startswith(f"{room}/") for room in _LEFT_OUT):
            yield path


def _precompile(target: Path) -> None:
    """Let no cold start compile what can be compiled here."""
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    compileall.compile_dir(target, quiet=2, invalidation_mode=mode)


def _trim(target: Path) -> None:
    """Remove what nothing imports: models of other services, tests, caches."""
    models = target / "botocore" / "data"
    for path in models.iterdir() if models.is_dir() else ():
        if path.is_dir() and path.name not in _SERVICES:
            shutil.rmtree(path)
    for path in (*target.rglob("__pycache__"), target / "bin", target / "boto3" / "examples"):
        shutil.rmtree(path, ignore_errors=True)
