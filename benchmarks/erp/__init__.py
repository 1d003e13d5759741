"""How long batches of documents and payments take with Odoo and Salesforce."""
