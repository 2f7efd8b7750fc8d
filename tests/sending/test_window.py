"""How many attempts go at once where the server throttles."""

from pabal.sending.window import Window


def test_each_throttle_halves_it_down_to_one_at_a_time() -> None:
    window = Window(16)
    sizes = []
    for _ in range(6):
        window.shrink(used=16)
        sizes.append(window.size)
    assert sizes == [8, 4, 2, 1, 1, 1]


def test_accepted_mails_open_it_again_but_not_beyond_what_was_asked_for() -> None:
    window = Window(4)
    window.shrink(used=4)
    for _ in range(51):
        window.grow()
    assert window.size == 3
    for _ in range(1000):
        window.grow()
    assert window.size == 4


def test_halved_is_what_went_at_once_and_not_what_might_have_gone() -> None:
    window = Window(48)
    window.shrink(used=8)
    assert window.size == 4
