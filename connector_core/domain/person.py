"""People of the back office, and what each may do in which shop."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

from connector_core.domain.ids import ShopId

PersonId = NewType("PersonId", str)

EVERY_SHOP = ShopId("*")
"""As a key of `Person.roles`: all shops, also those that are configured later."""


class Permission(StrEnum):
    SEE = "see"
    SEND = "send"
    CHANGE = "change"
    REFUND = "refund"
    EXPORT = "export"
    REPAIR = "repair"
    SETTINGS = "settings"
    PEOPLE = "people"
    AUDIT = "audit"
    PRIVACY = "privacy"


class Role(StrEnum):
    OWNER = "owner"
    ADMIN = "admin"
    AGENT = "agent"
    ACCOUNTANT = "accountant"
    READER = "reader"

    @property
    def permissions(self) -> frozenset[Permission]:
        return _PERMISSIONS[self]


_SEE = Permission.SEE
_DAILY = {_SEE, Permission.SEND, Permission.CHANGE, Permission.REPAIR}
_PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.ADMIN: frozenset(Permission) - {Permission.PEOPLE},
    Role.AGENT: frozenset(_DAILY),
    Role.ACCOUNTANT: frozenset({_SEE, Permission.REFUND, Permission.EXPORT, Permission.AUDIT}),
    Role.READER: frozenset({_SEE}),
}


@dataclass(frozen=True, slots=True)
class Person:
    """`email` is lower case and unique, `language` ``de`` or ``en``; `second_factor` says whether one is set up."""

    id: PersonId
    email: str
    name: str
    language: str = "en"
    roles: Mapping[ShopId, Role] = field(default_factory=dict)
    second_factor: bool = False
    disabled: bool = False

    def may(self, permission: Permission, shop: ShopId) -> bool:
        if self.disabled:
            return False
        roles = (self.roles.get(shop), self.roles.get(EVERY_SHOP))
        return any(role is not None and permission in role.permissions for role in roles)

    def shops(self, permission: Permission, known: Iterable[ShopId]) -> tuple[ShopId, ...]:
        """Those of the known shops in which the person has the permission."""
        return tuple(shop for shop in known if self.may(permission, shop))
