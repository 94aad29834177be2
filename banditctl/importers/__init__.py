"""The other way in: what SageMaker captured and what labels say become the same events, each line once."""
