from collections.abc import Generator

import pytest
from playwright.sync_api import Browser

from browser.shop import LONG_CAMPAIGN, Shop, open_shop
from browser.tabs import Tabs
from servers.browser import Behaviour, running_chromium


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Generator[Shop]:
    """A shop whose promotion has gone out, to most; and a campaign that is only drafted."""
    with open_shop(tmp_path_factory.mktemp("shop")) as shop:
        shop.add_topics()
        shop.send_promotion()
        shop.draft(LONG_CAMPAIGN)
        yield shop


@pytest.fixture(scope="session")
def session(shop: Shop) -> str:
    """The owner's, signed in."""
    return shop.sign_in()


@pytest.fixture(scope="module")
def chromium() -> Generator[Browser]:
    """Not for longer than a module: no other event loop can run beside it."""
    with running_chromium() as browser:
        yield browser


@pytest.fixture
def tabs(shop: Shop, session: str, chromium: Browser) -> Generator[Tabs]:
    """Tabs, in which nothing may happen that nobody asked for."""
    tabs = Tabs(
        chromium=chromium, url=shop.url, session=session, behaviour=Behaviour(host=shop.host)
    )
    yield tabs
    tabs.close()
    assert tabs.behaviour.faults == []
