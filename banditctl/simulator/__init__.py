"""Whole worlds: seeded traffic against the same learn and steer as the daemon's, both ends in memory."""
