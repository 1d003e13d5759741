"""The page of the demo Salesforce."""
