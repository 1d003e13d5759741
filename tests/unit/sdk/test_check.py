"""One probe for each question, with its cure."""

from connector_core.sdk import Capability, ConfigurationError, Probe, RetryLater, ask_each


def test_an_answer_is_the_detail_and_an_error_brings_its_cure_or_the_usual_one() -> None:
    def no_rights() -> str:
        raise ConfigurationError("The user may not.", cure="Give it the right.")

    def away() -> str:
        raise RetryLater("Nobody answers.")

    asked = {Capability.FETCH: lambda: "May read.", Capability.POLL: no_rights, Capability.WRITE_BACK: away}
    assert ask_each(asked, cure="See its log.") == [
        Probe("fetch", True, "May read."),
        Probe("poll", False, "The user may not.", "Give it the right."),
        Probe("write_back", False, "Nobody answers.", "See its log."),
    ]
