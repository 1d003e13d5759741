import base64
import json
from typing import Any

import pytest

from tests.unit.sandbox.whatsapp_bed import PHONE, bed, free_text, paylink, template


async def test_a_template_is_accepted_rendered_and_kept_in_the_ledger() -> None:
    async with bed() as it:
        status, answer = await it.send(paylink(), version="v19.0")
        ledger = await it.ledger()
    assert status == 200
    assert answer["messaging_product"] == "whatsapp"
    assert answer["contacts"] == [{"input": "+" + PHONE, "wa_id": PHONE}]
    (message,) = answer["messages"]
    assert message["message_status"] == "accepted"
    assert PHONE.encode() in base64.b64decode(message["id"].removeprefix("wamid."))
    (kept,) = ledger["messages"]
    assert (kept["id"], kept["to"], kept["type"]) == (message["id"], PHONE, "template")
    assert (kept["template"], kept["language"], kept["attempt_id"]) == ("paylink", "en", "attempt-1")
    assert kept["text"] == "Hello Ada, please pay *€ 10* now."
    assert kept["button_url"] == "https://pay.example/t/abc"
    assert ledger["calls"] == {"messages": 1}


async def test_the_same_send_twice_is_two_messages_because_there_is_no_idempotency() -> None:
    async with bed() as it:
        assert await it.send_paylink() != await it.send_paylink()
        assert len((await it.ledger())["messages"]) == 2


async def test_named_parameters_and_a_whole_address_as_button_are_taken() -> None:
    named = {
        "name": "receipt",
        "language": {"code": "en"},
        "components": [
            {
                "type": "body",
                "parameters": [
                    {"type": "text", "parameter_name": "amount", "text": "€ 5"},
                    {"type": "text", "parameter_name": "order_no", "text": "A-17"},
                ],
            }
        ],
    }
    async with bed() as it:
        await it.send_paylink(template=named)
        await it.send_paylink(template=template("paylink", "de", ["Ada", "5 €"], "http://127.0.0.1:9/pay/1"))
        await it.send_paylink(template=template("shop", "en", []))
        receipt, whole, fixed = (await it.ledger())["messages"]
    assert receipt["text"] == "Order A-17: received € 5, thank you."
    assert whole["button_url"] == "http://127.0.0.1:9/pay/1"
    assert fixed["button_url"] == "https://shop.example/"


async def test_a_value_that_looks_like_a_placeholder_is_not_filled_in() -> None:
    async with bed() as it:
        await it.send_paylink(template=template("paylink", "en", ["{{2}}", "\\1"], "abc"))
        assert (await it.ledger())["messages"][0]["text"] == "Hello {{2}}, please pay *\\1* now."


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"messaging_product": "sms"}, 400, 100),
        ({"to": ""}, 400, 131008),
        ({"to": "not a number"}, 400, 131009),
        ({"to": "+1 555-010-0199"}, 400, 131021),
        ({"recipient_type": "group"}, 400, 131009),
        ({"biz_opaque_callback_data": "x" * 513}, 400, 131009),
        ({"type": "sticker"}, 400, 131051),
        ({"template": None}, 400, 131008),
        ({"template": {"name": "paylink"}}, 400, 131008),
        ({"template": template("unknown", "en", [])}, 404, 132001),
        ({"template": template("paylink", "fr", ["a", "b"], "c")}, 404, 132001),
        ({"template": template("new", "en", [])}, 404, 132001),
        ({"template": template("resting", "en", [])}, 400, 132015),
        ({"template": template("off", "en", [])}, 400, 132016),
        ({"template": template("paylink", "en", ["a"], "c")}, 400, 132000),
        ({"template": template("paylink", "en", ["a", "b", "c"], "c")}, 400, 132000),
        ({"template": template("paylink", "en", ["a", "b"])}, 400, 131008),
        ({"template": template("shop", "en", [], "c")}, 400, 132000),
        ({"template": template("paylink", "en", ["a\nb", "b"], "c")}, 400, 132018),
        ({"template": template("paylink", "en", ["", "b"], "c")}, 400, 131008),
        ({"template": template("paylink", "en", ["a" * 1024, "b"], "c")}, 400, 132005),
        ({"template": template("receipt", "en", ["a", "b"])}, 400, 132012),
        ({"template": template("paylink", "de", ["a", "b"], "javascript:alert(1)")}, 400, 131009),
        ({"template": {**template("shop", "en", []), "components": [{"type": "header"}]}}, 400, 132012),
    ],
)
async def test_a_wrong_send_is_refused_with_its_code_and_leaves_no_message(
    changes: dict[str, Any], status: int, code: int
) -> None:
    async with bed() as it:
        assert await it.code(paylink(**changes)) == (status, code)
        ledger = await it.ledger()
    assert ledger["messages"] == []
    assert ledger["calls"] == {"messages": 1, "messages_refused": 1}


async def test_an_error_has_the_body_of_the_graph_api() -> None:
    async with bed() as it:
        _, answer = await it.send(paylink(template=template("paylink", "en", ["a"], "c")))
    error = answer["error"]
    assert error["message"].startswith("(#132000) ")
    assert error["type"] == "OAuthException"
    assert error["error_data"]["messaging_product"] == "whatsapp"
    assert "(1) does not match the expected number of params (2)" in error["error_data"]["details"]
    assert error["fbtrace_id"]


async def test_a_body_that_is_no_json_is_an_invalid_parameter() -> None:
    async with bed() as it:
        headers = {"Authorization": "Bearer token"}
        status, text = await it.post("/v25.0/111/messages", data=b"{", headers=headers)
    assert (status, json.loads(text)["error"]["code"]) == (400, 100)


async def test_a_missing_or_wrong_token_and_a_wrong_number_are_refused() -> None:
    async with bed() as it:
        assert await it.code(paylink(), token="") == (401, 0)
        assert await it.code(paylink(), token="other") == (401, 190)
        assert await it.code(paylink(), node="999") == (400, 33)
        for path in ("/v25.0/111", "/v25.0/222/message_templates"):
            status, text = await it.get(path, Authorization="Bearer tökèn")
            assert (status, json.loads(text)["error"]["code"]) == (401, 190)
        assert (await it.ledger())["messages"] == []


async def test_free_text_goes_out_only_within_24_hours_of_an_answer() -> None:
    async with bed() as it:
        assert await it.code(free_text()) == (400, 131047)
        await it.post(f"/chat/{PHONE}/messages", data={"text": "Hi"})
        assert (await it.send(free_text()))[0] == 200
        it.clock[0] += 24 * 3600 - 1
        assert (await it.send(free_text()))[0] == 200
        it.clock[0] += 1
        assert await it.code(free_text()) == (400, 131047)
        assert (await it.send(paylink()))[0] == 200


async def test_a_link_button_outside_a_template_keeps_to_the_window_and_the_limits() -> None:
    def ask(title: str) -> dict[str, Any]:
        action = {"name": "cta_url", "parameters": {"display_text": title, "url": "https://pay.example/1"}}
        interactive = {"type": "cta_url", "body": {"text": "Please pay"}, "action": action}
        return {**free_text(), "type": "interactive", "interactive": interactive}

    async with bed() as it:
        assert await it.code(ask("Pay")) == (400, 131047)
        await it.post(f"/chat/{PHONE}/messages", data={"text": "Hi"})
        assert await it.code(ask("P" * 21)) == (400, 131009)
        assert (await it.send(ask("Pay")))[0] == 200
        assert (await it.ledger())["messages"][0]["button_url"] == "https://pay.example/1"


async def test_the_phone_number_and_the_templates_can_be_read_for_a_check() -> None:
    async with bed(business_name="Atelier Nord") as it:
        auth = {"Authorization": "Bearer token"}
        number = json.loads((await it.get("/v25.0/111", **auth))[1])
        few = json.loads((await it.get("/v25.0/111?fields=verified_name", **auth))[1])
        found = json.loads((await it.get("/v25.0/222/message_templates?name=paylink", **auth))[1])["data"]
    assert (number["id"], number["verified_name"], number["quality_rating"]) == ("111", "Atelier Nord", "GREEN")
    assert few == {"id": "111", "verified_name": "Atelier Nord"}
    assert [(one["language"], one["status"], one["category"]) for one in found] == [
        ("en", "APPROVED", "UTILITY"),
        ("de", "APPROVED", "UTILITY"),
    ]
    body, buttons = found[0]["components"]
    assert body == {"type": "BODY", "text": "Hello {{1}}, please pay *{{2}}* now."}
    assert buttons["buttons"][0] == {
        "type": "URL",
        "text": "Pay now",
        "url": "https://pay.example/t/{{1}}",
        "example": ["https://pay.example/t/example"],
    }


async def test_templates_come_in_pages() -> None:
    async with bed() as it:
        url, names = it.base + "/v25.0/222/message_templates?limit=3&fields=name", []
        while url:
            async with it.http.get(url, headers={"Authorization": "Bearer token"}) as response:
                page = await response.json()
            names += [one["name"] for one in page["data"]]
            url = page["paging"].get("next", "")
    assert names == ["paylink", "paylink", "receipt", "shop", "resting", "off", "new"]
