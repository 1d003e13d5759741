import time
import uuid

from connector_core.domain.ids import uuid7


def test_ids_are_version_7_of_rfc_9562() -> None:
    for value in (uuid.UUID(uuid7()) for _ in range(100)):
        assert value.version == 7
        assert value.variant == uuid.RFC_4122


def test_ids_carry_their_millisecond() -> None:
    before = time.time_ns() // 1_000_000
    made = uuid.UUID(uuid7()).int >> 80
    assert before <= made <= time.time_ns() // 1_000_000


def test_ids_of_later_milliseconds_sort_later() -> None:
    first = uuid7()
    time.sleep(0.002)
    assert first < uuid7()


def test_ids_differ_within_a_millisecond() -> None:
    assert len({uuid7() for _ in range(5000)}) == 5000
