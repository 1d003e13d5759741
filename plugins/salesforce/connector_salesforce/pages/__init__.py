"""The orders, the colours and the sign of the demo Salesforce's page."""
