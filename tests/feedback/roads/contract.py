"""What every road promises: nothing is lost, nothing is found twice once it is put away."""

import pytest

from pabal.feedback.errors import RoadUnavailable
from pabal.feedback.roads.port import Road

BOUNCE = b"From: mailer-daemon@example.com\r\nSubject: failure notice\r\n\r\n550 5.1.1 gone\r\n"
PERSON = "Subject: 안녕하세요\r\n\r\n언제 오나요?\r\n".encode()


class RoadContract:
    """A suite over one road. A subclass has the fixtures `road` and `deliver`."""

    @staticmethod
    def subjects(road: Road) -> list[bytes]:
        with road.visit() as visit:
            return [
                found.raw.replace(b"\r\n", b"\n").split(b"\n\n")[1] for found in visit.waiting()
            ]

    @staticmethod
    def break_off_behind_the_first(road: Road) -> None:
        with road.visit() as visit:
            for number, found in enumerate(visit.waiting()):
                if number:
                    raise ZeroDivisionError
                visit.remove(found)

    def test_an_empty_mailbox_has_nothing(self, road, deliver):
        deliver()
        assert self.subjects(road) == []

    def test_mails_are_found_whole_and_oldest_first(self, road, deliver):
        deliver(BOUNCE, PERSON)
        assert self.subjects(road) == [b"550 5.1.1 gone\n", "언제 오나요?\n".encode()]

    def test_what_was_not_put_away_is_found_again(self, road, deliver):
        deliver(BOUNCE)
        assert len(self.subjects(road)) == len(self.subjects(road)) == 1

    def test_what_is_removed_is_gone_and_what_is_kept_is_left(self, road, deliver, left):
        deliver(BOUNCE, PERSON)
        with road.visit() as visit:
            first, second = visit.waiting()
            visit.remove(first)
            visit.keep(second)
        assert self.subjects(road) == []
        assert [b"Subject" in mail for mail in left()] == [True]
        assert "언제 오나요?".encode() in left()[0]

    def test_a_visit_that_breaks_off_loses_nothing(self, road, deliver, left):
        """What was put away before may be gone; what was not is there."""
        deliver(BOUNCE, PERSON)
        with pytest.raises(ZeroDivisionError):
            self.break_off_behind_the_first(road)
        assert "언제 오나요?\n".encode() in self.subjects(road)

    def test_a_large_mail_is_read_by_its_head(self, road, deliver):
        deliver(BOUNCE + b"x" * 70 + b"\r\n" + (b"y" * 70 + b"\r\n") * 40_000)
        with road.visit() as visit:
            (found,) = visit.waiting()
        assert b"550 5.1.1" in found.raw
        assert len(found.raw) < 1_500_000

    def test_many_mails_are_found(self, road, deliver):
        deliver(*[BOUNCE] * 30)
        with road.visit() as visit:
            for found in visit.waiting():
                visit.remove(found)
        assert self.subjects(road) == []

    def test_a_place_that_is_not_there_is_unavailable(self, nowhere):
        with pytest.raises(RoadUnavailable), nowhere.visit():
            pass
