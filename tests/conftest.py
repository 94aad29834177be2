"""Fixtures for every test: real Redis servers, and an emulated SageMaker on a real socket."""

pytest_plugins = ["support.redis_servers", "support.emulated", "support.daemons"]
