"""The objects of the demo org and their fields (reference 4; the package's fields as the project defines them)."""

from dataclasses import replace

from connector_salesforce.fake.schema import Field, Kind, SObject

CURRENCIES = ("EUR", "USD", "CHF", "GBP", "JPY", "PLN", "KWD")
_SYSTEM = (
    Field("Id", Kind.ID, writable=False),
    Field("CreatedDate", Kind.DATETIME, writable=False),
    Field("LastModifiedDate", Kind.DATETIME, writable=False),
    Field("SystemModstamp", Kind.DATETIME, writable=False),
)
_RECORD = (
    *_SYSTEM,
    Field("IsDeleted", Kind.BOOLEAN, writable=False),
    Field("CreatedById", Kind.REFERENCE, writable=False, refers_to="User"),
    Field("LastModifiedById", Kind.REFERENCE, writable=False, refers_to="User"),
)
_CURRENCY_CODE = Field("CurrencyIsoCode", Kind.PICKLIST, 3, values=CURRENCIES)
_WITH_CURRENCY = ("Account", "Contact", "Order", "PayLink_Payment__c")

_ACCOUNT = (
    Field("Name", required=True),
    Field("Phone", Kind.PHONE, 40),
    Field("BillingCountry", length=80),
    Field("BillingCountryCode", Kind.PICKLIST, 10),
)
_CONTACT = (
    Field("Name", length=121, writable=False),
    Field("FirstName", length=40),
    Field("LastName", length=80, required=True),
    Field("MobilePhone", Kind.PHONE, 40),
    Field("Phone", Kind.PHONE, 40),
    Field("Email", Kind.EMAIL, 80),
    Field("AccountId", Kind.REFERENCE, refers_to="Account"),
)
_ORDER = (
    Field("OrderNumber", length=30, writable=False),
    Field("AccountId", Kind.REFERENCE, required=True, refers_to="Account"),
    Field("BillToContactId", Kind.REFERENCE, refers_to="Contact"),
    Field("ShipToContactId", Kind.REFERENCE, refers_to="Contact"),
    Field("CustomerAuthorizedById", Kind.REFERENCE, refers_to="Contact"),
    Field("EffectiveDate", Kind.DATE, required=True),
    Field("Status", Kind.PICKLIST, required=True, values=("Draft", "Activated")),
    Field("StatusCode", Kind.PICKLIST, writable=False, values=("Draft", "Activated")),
    Field("ActivatedDate", Kind.DATETIME, writable=False),
    Field("TotalAmount", Kind.CURRENCY, writable=False),
    Field("PoNumber", length=80),
    Field("Description", Kind.TEXTAREA, 32_000),
    Field("BillingCountry", length=80),
    Field("BillingCountryCode", Kind.PICKLIST, 10),
)
_STATUSES = ("Sent", "PartiallyPaid", "Paid", "PartiallyRefunded", "Refunded", "ChargedBack", "Expired")
_ORDER_OF_PACKAGE = (
    Field("PayLink_Status__c", Kind.PICKLIST, values=_STATUSES),
    Field("PayLink_URL__c", Kind.URL),
    Field("PayLink_Requested_At__c", Kind.DATETIME),
    Field("PayLink_Sent_At__c", Kind.DATETIME),
    Field("PayLink_Paid_At__c", Kind.DATETIME),
    Field("PayLink_Paid_Amount__c", Kind.CURRENCY),
    Field("PayLink_Transaction_Ref__c", length=64),
)
_PAYMENT = (
    Field("Name", length=80, writable=False),
    Field("Order__c", Kind.REFERENCE, refers_to="Order"),
    Field("PayLink_Id__c", length=64, required=True, external_id=True),
    Field("Type__c", Kind.PICKLIST, values=("Capture", "Refund", "Chargeback")),
    Field("Amount__c", Kind.CURRENCY),
    Field("Currency__c", length=3),
    Field("Transaction_Ref__c", length=64),
    Field("Method__c", length=40),
    Field("Flag__c", length=40),
    Field("Paid_At__c", Kind.DATETIME),
)
_ORGANIZATION = (
    Field("Name", length=80),
    Field("InstanceName", length=5),
    Field("IsSandbox", Kind.BOOLEAN),
    Field("OrganizationType", Kind.PICKLIST, 40),
    Field("TrialExpirationDate", Kind.DATETIME),
    Field("NamespacePrefix", length=15),
)
_ASSIGNMENT = (
    Field("AssigneeId", Kind.REFERENCE, refers_to="User"),
    Field("PermissionSetId", Kind.REFERENCE, refers_to="PermissionSet"),
)
_USER = (Field("Name", length=121), Field("Username", length=80), Field("IsActive", Kind.BOOLEAN))
_PERMISSIONS = (
    Field("Name", length=80),
    Field("PermissionsActivateOrder", Kind.BOOLEAN),
    Field("PermissionsEditActivatedOrders", Kind.BOOLEAN),
)


def org_objects(*, package: bool, multicurrency: bool) -> dict[str, SObject]:
    """By their API names."""
    order = (*_RECORD, *_ORDER, *(_ORDER_OF_PACKAGE if package else ()))
    known = [
        SObject("Account", "001", (*_RECORD, *_ACCOUNT)),
        SObject("Contact", "003", (*_RECORD, *_CONTACT)),
        SObject("Order", "801", order, number=("OrderNumber", "{:08d}")),
        SObject("Organization", "00D", (*_SYSTEM, *_ORGANIZATION), writable=False),
        SObject("User", "005", (*_SYSTEM, *_USER), writable=False),
        SObject("PermissionSet", "0PS", (*_SYSTEM, *_PERMISSIONS), writable=False),
        SObject("PermissionSetAssignment", "0Pa", (*_SYSTEM, *_ASSIGNMENT), writable=False),
    ]
    if package:
        known.append(SObject("PayLink_Payment__c", "a00", (*_RECORD, *_PAYMENT), number=("Name", "PLP-{:06d}")))
    return {sobject.name: _priced(sobject) if multicurrency else sobject for sobject in known}


def _priced(sobject: SObject) -> SObject:
    if sobject.name not in _WITH_CURRENCY:
        return sobject
    return replace(sobject, fields=(*sobject.fields, _CURRENCY_CODE))
