from collections.abc import Generator

import pytest
from playwright.sync_api import Browser

from browser.shop import Shop, open_shop
from browser.tabs import Tabs, open_tabs
from servers.browser import running_chromium


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Generator[Shop]:
    """A shop whose promotion has gone out, to most, and is read; and a campaign in draft."""
    with open_shop(tmp_path_factory.mktemp("shop"), with_trouble=True) as shop:
        shop.add_topics()
        yield shop.with_promotion().with_readers()


@pytest.fixture(scope="session")
def empty_shop(tmp_path_factory: pytest.TempPathFactory) -> Generator[Shop]:
    """A shop that has not sent anything yet."""
    with open_shop(tmp_path_factory.mktemp("empty")) as shop:
        yield shop


@pytest.fixture(scope="module")
def chromium() -> Generator[Browser]:
    """Not for longer than a module: no other event loop can run beside it."""
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def tabs(shop: Shop, chromium: Browser) -> Generator[Tabs]:
    with open_tabs(chromium, shop) as tabs:
        yield tabs


@pytest.fixture
def empty_tabs(empty_shop: Shop, chromium: Browser) -> Generator[Tabs]:
    with open_tabs(chromium, empty_shop) as tabs:
        yield tabs
