"""All entities by name: the whole grammar. A new one gets its table, a line here, and is read, shown and documented."""

from __future__ import annotations

from statewright.language.grammar.agent import ACTION, AGENT
from statewright.language.grammar.attachment import ATTACHMENT
from statewright.language.grammar.author import AUTHOR, CONTRIBUTOR
from statewright.language.grammar.autoload import AUTOLOAD
from statewright.language.grammar.cache import CACHE
from statewright.language.grammar.field import Entity
from statewright.language.grammar.global_opts import ARROW, GLOBAL_OPTS, RETRY_POLICY
from statewright.language.grammar.knowledge import ENTITIES as KNOWLEDGE
from statewright.language.grammar.mcp import MCP
from statewright.language.grammar.memory import ENTITIES as MEMORIES
from statewright.language.grammar.memory_use import MEMORY_USE, PRIVACY
from statewright.language.grammar.model import MODEL, PARAMS_ENTITY, RATE_LIMIT
from statewright.language.grammar.monitoring import MONITORING
from statewright.language.grammar.project import PROJECT, SOURCE
from statewright.language.grammar.runtime import RUNTIME
from statewright.language.grammar.schedule import SCHEDULE
from statewright.language.grammar.task import ENTITIES as TASKS
from statewright.language.grammar.tool import TOOL
from statewright.language.grammar.trigger import ENTITIES as TRIGGERS
from statewright.language.grammar.workflow import WORKFLOW

ENTITIES: dict[str, Entity] = {
    entity.name: entity
    for entity in (
        PROJECT, SOURCE, WORKFLOW, *TASKS, ARROW, GLOBAL_OPTS, RETRY_POLICY, AGENT, ACTION, TOOL, MODEL, PARAMS_ENTITY,
        RATE_LIMIT, *MEMORIES, MEMORY_USE, PRIVACY, MCP, *KNOWLEDGE, *TRIGGERS, SCHEDULE, ATTACHMENT, RUNTIME, AUTOLOAD,
        CACHE, MONITORING, AUTHOR, CONTRIBUTOR,
    )
}  # fmt: skip
