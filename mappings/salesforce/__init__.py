"""Mapping documents for Salesforce."""
