"""A WhatsApp Cloud API on localhost, with the buyer's phone as a web page."""

from connector_core.sandbox.whatsapp.config import Template, WhatsAppConfig
from connector_core.sandbox.whatsapp.server import WhatsAppSandbox

__all__ = ["Template", "WhatsAppConfig", "WhatsAppSandbox"]
