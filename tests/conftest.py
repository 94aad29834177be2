"""Fixtures for every test: real Redis servers, SageMaker on a real socket, the daemon, and a policy folder."""

pytest_plugins = [
    "support.redis_servers",
    "support.emulated",
    "support.daemons",
    "support.asking",
    "support.aws_answers",
    "support.policy_files",
    "support.receiving",
    "support.s3",
    "support.scripted_intake",
    "support.turns",
    "support.dashboards",
    "support.chromium",
]
