"""Telephone calls that the bot makes."""
