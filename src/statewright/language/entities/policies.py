"""How patiently a task is tried: its own words, over its workflow's `config`, over the project's.

Source: workflows.md 2.20 and 5.7. Each field is inherited by itself.
"""

from __future__ import annotations

from statewright.kernel.program import Retry
from statewright.language.grammar.global_opts import ATTEMPTS, ATTEMPTS_MAX, RETRY_POLICY
from statewright.language.marks import At
from statewright.language.yaml.reading import Reader


def read_retry(task: At, configs: list[At], reader: Reader) -> Retry:
    """Returns how a task's refused calls are tried again; `configs` come lowest first."""
    retry = Retry()
    for config in configs:
        policy = reader.mapping(config, "retry_policy")
        if policy is not None:
            retry = _over(retry, policy, reader)
    if task.get("retries") is None:
        return retry
    attempts = reader.integer(task, "retries", 0, most=ATTEMPTS_MAX - 1) + 1
    return Retry(attempts, retry.initial, retry.factor, retry.longest)


def read_timeout(task: At, configs: list[At], reader: Reader) -> int:
    """Returns how long one attempt may take; 0 where nobody says."""
    timeout = 0
    for config in configs:
        timeout = reader.duration(config, "start_to_close_timeout", timeout)
    return reader.duration(task, "timeout", timeout)


def _over(retry: Retry, policy: At, reader: Reader) -> Retry:
    reader.keys(policy, RETRY_POLICY.keys)
    attempts = retry.attempts if retry.attempts > 1 else ATTEMPTS
    return Retry(
        attempts=reader.integer(policy, "maximum_attempts", attempts, least=1, most=ATTEMPTS_MAX),
        initial=reader.duration(policy, "initial_interval", retry.initial),
        factor=reader.number(policy, "backoff_coefficient", retry.factor, least=1, most=100),
        longest=reader.duration(policy, "maximum_interval", retry.longest),
    )
