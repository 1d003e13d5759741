"""Refusals: the codes and texts with which the API answers (reference/lyra.md 1.5)."""

_TEXTS = {
    "INT_001": "invalid input parameter",
    "INT_009": "invalid amount",
    "INT_010": "invalid currency",
    "INT_013": "invalid orderId",
    "INT_015": "invalid customer.email",
    "INT_016": "invalid customer.reference",
    "INT_019": "invalid customer.billingDetails.address",
    "INT_020": "invalid customer.billingDetails.zipCode",
    "INT_021": "invalid customer.billingDetails.city",
    "INT_022": "invalid customer.billingDetails.country",
    "INT_023": "invalid customer.billingDetails.phoneNumber",
    "INT_050": "invalid strongAuthentication",
    "INT_091": "invalid metadata",
    "INT_104": "invalid customer.billingDetails.firstName",
    "INT_105": "invalid customer.billingDetails.lastName",
    "INT_815": "description too long",
    "INT_840": "invalid paymentOrderId",
    "INT_851": "invalid paymentReceiptEmail",
    "INT_853": "invalid useDataCollectionForm",
    "INT_854": "invalid channel",
    "INT_855": "invalid expirationDateTime",
    "INT_856": "invalid locale",
    "INT_875": "invalid formAction",
    "INT_881": "invalid payment methods",
    "INT_900": "unknown parameter",
    "INT_901": "web-service not found",
    "INT_902": "web-service input data validation error",
    "INT_905": "invalid username or password",
    "INT_914": "maximum message size reached",
    "INT_920": "invalid returnUrl",
    "INT_921": "invalid cancelUrl",
    "INT_922": "invalid successUrl",
    "INT_923": "invalid refusedUrl",
    "INT_924": "invalid errorUrl",
    "INT_925": "invalid postWalletUrl",
    "INT_926": "invalid ipnTargetUrl",
    "INT_927": "invalid returnMode",
    "PSP_010": "transaction not found",
    "PSP_014": "no change",
    "PSP_015": "too many results",
    "PSP_075": "cancellation impossible, try refund",
    "PSP_076": "refund not yet available, try cancel",
    "PSP_082": "credit not allowed on this type of transaction",
    "PSP_083": "refund impossible on an unpaid transaction",
    "PSP_099": "too many attempts",
    "PSP_102": "transaction cannot be cancelled",
    "PSP_104": "transaction already refunded",
    "PSP_105": "transaction already cancelled",
    "PSP_106": "API call limit exceeded",
    "PSP_110": "transaction cannot be updated",
    "PSP_500": "channel function not enabled",
    "PSP_510": "refund amount is greater than the initial amount",
    "PSP_511": "sum of refunds exceeds the initial amount",
    "PSP_513": "due to a technical incident, unable to process your request",
    "PSP_545": "invalid currency for modification",
    "PSP_546": "amount is greater than authorized",
    "PSP_606": "currency not supported for this contract and/or store",
    "PSP_1000": "payment order not found",
    "PSP_1005": 'action not allowed on a payment order with status "Finalized"',
    "PSP_1006": 'action not allowed on a payment order with status "Expired"',
    "PSP_1007": "expiration date cannot be before creation and cannot exceed 90 days",
    "PSP_1014": "the store does not have a data collection form",
    "PSP_1017": "the channel of a payment order cannot be changed",
    "PSP_1052": "paymentOrderId required",
    "PSP_1101": 'action not allowed on a payment order with status "Cancelled"',
    "PSP_1999": "sensitive data detected",
}


class Refusal(Exception):
    """The API answers status ERROR with `code`; `detail` becomes detailedErrorMessage."""

    def __init__(self, code: str, detail: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail

    @property
    def message(self) -> str:
        return _TEXTS.get(self.code, "due to a technical incident, unable to process your request")


def invalid(code: str, name: str, value: object) -> Refusal:
    """With the detail text as recorded for INT_015 (reference/lyra.md 1.4)."""
    return Refusal(code, f"Invalid input value [name={name}, value={value}]"[:127])
