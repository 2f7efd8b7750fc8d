from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, StorageState

from browser.shop import Shop, open_shop
from servers.browser import Behaviour, running_chromium

Browse = Callable[..., Page]


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Generator[Shop]:
    """A shop whose first campaign has been sent; 18 of 20 mails arrived."""
    with open_shop(tmp_path_factory.mktemp("shop")) as shop:
        shop.add_topics()
        shop.send_promotion()
        yield shop


@pytest.fixture(scope="module")
def chromium() -> Generator[Browser]:
    """Not for longer than a module: no other event loop can run beside it."""
    with running_chromium() as browser:
        yield browser
