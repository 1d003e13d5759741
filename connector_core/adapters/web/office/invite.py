"""How people get an account: somebody invites them, and a one-time address lets them choose a password."""

import re
from collections.abc import Mapping
from dataclasses import replace

from connector_core.adapters.web.office.sign_in import make_pass
from connector_core.domain.errors import InvalidInput
from connector_core.domain.ids import ShopId, uuid7
from connector_core.domain.person import Person, PersonId, Role
from connector_core.ports.clock import Clock
from connector_core.ports.people import Act, PassPurpose, People

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


async def invite(
    people: People, clock: Clock, email: str, name: str, roles: Mapping[ShopId, Role], language: str, actor: str
) -> str:
    """The token of a one-time address. A known person gets these roles on top of those that it has, and no address
    (an empty text): whoever gives a role in one shop must not get at somebody's access to another. Raises
    `InvalidInput` that names the field.
    """
    email = email.strip().lower()
    if not _ADDRESS.fullmatch(email) or len(email) > 254:
        raise InvalidInput(
            f"{email!r} is no e-mail address.", field="email", status=422, cure="Write one such as anna@shop.example."
        )
    known = await people.credentials(email)
    if known is None:
        person = Person(PersonId(uuid7()), email, name.strip()[:100], language, dict(roles))
    else:
        person = replace(known.person, roles={**known.person.roles, **roles})
    data = {"roles": {shop: role.value for shop, role in roles.items()}}
    await people.put_person(person, Act(actor, "person.invited", email, data=data))
    if known is not None:
        return ""
    act = Act(actor, "pass.invitation.made", email)
    return await make_pass(people, person.id, PassPurpose.INVITATION, clock.now(), act)
