"""The gateway's own currency table, which is not ISO 4217 in every place (reference/lyra.md 6)."""

DECIMALS: dict[str, int] = {
    **dict.fromkeys("IDR JPY KRW XOF XPF CLP".split(), 0),
    **dict.fromkeys("KWD TND".split(), 3),
    **dict.fromkeys(
        (
            "ARS AUD BRL CAD CHF CNY COP CZK DKK EUR GBP HKD HUF INR KHR MAD MXN MYR NOK NZD PEN PHP PLN RUB SEK SGD "
            "THB TRY TWD USD ZAR CRC GTQ HNL NIO SVC UYU"
        ).split(),
        2,
    ),
}
