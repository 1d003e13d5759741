"""The demo world: a shop, a Lyra, a phone and a daemon on localhost, and a buyer who can be simulated."""

from connector_core.sandbox.world.audit import Finding, audit
from connector_core.sandbox.world.buyer import Buyer
from connector_core.sandbox.world.world import Addresses, World, WorldOptions

__all__ = ["Addresses", "Buyer", "Finding", "World", "WorldOptions", "audit"]
