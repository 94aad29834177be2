"""Webhooks out: people are told once of each thing that needs them, and no turn waits for their servers."""
