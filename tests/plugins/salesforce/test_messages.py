"""The messages of the Pub/Sub API, byte for byte as its description has them (reference/salesforce.md 3.1)."""

from connector_salesforce.messages import FetchRequest, FetchResponse, TopicInfo, TopicRequest


def field(number: int, content: bytes) -> bytes:
    """A length-delimited field of protocol buffers."""
    return bytes([number << 3 | 2, len(content)]) + content


def test_a_subscription_names_its_topic_and_its_number() -> None:
    request = FetchRequest(topic_name="/data/OrderChangeEvent", num_requested=100)
    assert request.SerializeToString() == field(1, b"/data/OrderChangeEvent") + bytes([4 << 3, 100])


def test_a_response_is_read_with_all_that_salesforce_says_in_it() -> None:
    event = field(1, b"id") + field(2, b"schema") + field(3, b"payload") + field(4, field(1, b"key") + field(2, b"v"))
    consumer = field(1, event) + field(2, b"\0\0\1")
    said = field(1, consumer) + field(1, consumer) + field(2, b"\0\0\2") + field(3, b"rpc") + bytes([4 << 3, 98])
    response = FetchResponse.FromString(said)
    assert [event.replay_id for event in response.events] == [b"\0\0\1", b"\0\0\1"]
    assert (response.latest_replay_id, response.pending_num_requested) == (b"\0\0\2", 98)


def test_a_topic_says_whether_it_may_be_listened_to() -> None:
    assert TopicRequest(topic_name="/data/X").SerializeToString() == field(1, b"/data/X")
    said = field(1, b"/data/X") + field(2, b"guid") + bytes([3 << 3, 1, 4 << 3, 1]) + field(5, b"s") + field(6, b"rpc")
    assert TopicInfo.FromString(said).can_subscribe
    assert not TopicInfo.FromString(field(1, b"/data/X")).can_subscribe
