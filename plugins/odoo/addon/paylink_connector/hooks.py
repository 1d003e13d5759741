"""What happens once, when the addon is installed."""

from odoo import SUPERUSER_ID, api


def post_init(*args):
    """Odoo 16 calls it with cursor and registry, later ones with an environment.

    A company with exactly one bank journal is given it, so that the first payment has a place to go to.
    """
    env = args[0] if len(args) == 1 else api.Environment(args[0], SUPERUSER_ID, {})
    for company in env["res.company"].search([]):
        journals = env["account.journal"].search([("company_id", "=", company.id), ("type", "=", "bank")], limit=2)
        if len(journals) == 1:
            company.paylink_journal_id = journals
