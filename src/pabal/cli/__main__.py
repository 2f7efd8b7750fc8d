"""`python -m pabal.cli`."""

from pabal.cli.main import main

main()
