"""The pure part: values in, values out; no clock, no randomness, no I/O.

In the order the data flows: event, statistics, allocation, evidence, attribution, delay, maturity, trials, posterior,
belief, rewards, estimators, policies, rollouts, limits, experiment, decision.
"""
