"""The fields that a connector meets, by model and version, as recorded."""

from collections.abc import Mapping

ORDER = (
    "name:char state:selection amount_untaxed:float amount_tax:float amount_total:float currency_id:res.currency "
    "partner_id:res.partner partner_invoice_id:res.partner company_id:res.company invoice_status:selection "
    "invoice_ids:ids transaction_ids:ids client_order_ref:char payment_term_id:account.payment.term "
    "date_order:datetime validity_date:date access_token:char access_url:char require_payment:boolean "
    "require_signature:boolean write_date:datetime create_date:datetime reference:char user_id:res.users note:char "
    "team_id:crm.team tax_totals:binary pricelist_id:product.pricelist"
)
ORDER_17 = "amount_paid:float prepayment_percent:float locked:boolean amount_to_invoice:float amount_invoiced:float"
MOVE = (
    "name:char state:selection move_type:selection amount_total:float amount_residual:float amount_untaxed:float "
    "currency_id:res.currency partner_id:res.partner payment_state:selection payment_reference:char "
    "invoice_origin:char invoice_date:date invoice_date_due:date access_token:char access_url:char ref:char "
    "company_id:res.company write_date:datetime create_date:datetime transaction_ids:ids line_ids:ids "
    "reversed_entry_id:account.move posted_before:boolean"
)
PARTNER = (
    "name:char email:char phone:char phone_sanitized:char lang:selection country_id:res.country country_code:char "
    "street:char zip:char city:char vat:char ref:char parent_id:res.partner commercial_partner_id:res.partner "
    "write_date:datetime create_date:datetime"
)
PAYMENT = (
    "name:char state:selection amount:float payment_type:selection partner_type:selection partner_id:res.partner "
    "journal_id:account.journal date:date move_id:account.move payment_reference:char is_reconciled:boolean "
    "is_matched:boolean reconciled_invoice_ids:ids currency_id:res.currency write_date:datetime create_date:datetime"
)
JOURNAL = (
    "name:char code:char type:selection inbound_payment_method_line_ids:ids default_account_id:account.account "
    "company_id:res.company"
)
REGISTER = (
    "amount:float payment_date:date journal_id:account.journal communication:char currency_id:res.currency "
    "group_payment:boolean payment_difference:float payment_method_line_id:account.payment.method.line "
    "source_amount:float"
)
MESSAGE = (
    "body:html model:char res_id:integer message_type:selection subtype_id:mail.message.subtype author_id:res.partner"
)


def schema(version: int, *, addon: bool) -> Mapping[str, Mapping[str, str]]:
    """Model to field to type; a many2one's type is the model that it points to."""
    status = " paylink_status:selection paylink_url:char" if addon else ""
    texts = {
        "sale.order": ORDER + (" " + ORDER_17 if version >= 17 else "") + status,
        "account.move": MOVE + status,
        "res.partner": PARTNER + (" mobile:char" if version <= 18 else ""),
        "account.payment": PAYMENT + (" memo:char invoice_ids:ids" if version >= 18 else " ref:char"),
        "account.journal": JOURNAL,
        "account.payment.register": REGISTER,
        "sale.advance.payment.inv": "advance_payment_method:selection fixed_amount:float sale_order_ids:ids",
        "mail.message": MESSAGE,
        "res.users": "name:char login:char email:char lang:selection partner_id:res.partner",
        "res.users.apikeys": "name:char user_id:res.users" + (" expiration_date:datetime" if version >= 18 else ""),
        "res.country": "name:char code:char",
        "res.lang": "name:char code:char active:boolean",
        "product.product": "name:char type:selection invoice_policy:selection list_price:float taxes_id:ids",
        **({"paylink.connector": "name:char"} if addon else {}),
    }
    return {model: {"id": "integer", **dict(part.split(":") for part in text.split())} for model, text in texts.items()}
