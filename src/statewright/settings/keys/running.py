"""Keys of what runs workflows: tools, limits, memory, models, attachments, knowledge, tasks, workers, streams."""

from __future__ import annotations

from statewright.language.grammar.kinds import Boolean, Choice, Duration, Integer, Number, Text
from statewright.settings.keys.key import COUNT, HOUR, MIB, MINUTE, PORT, SECOND, SIZE, TEXTS, Key

_DEPTH = Integer(1, 1_000)
_RATIO = Number(0, 1)
_PERCENT = Integer(0, 100)

RUNTIME = (
    Key("runtime.dispatcher_heartbeat_interval", Duration(), "How often a dispatcher says that it lives.", 30 * SECOND),
    Key("runtime.dispatcher_heartbeat_ttl", Duration(), "How long that is believed.", 90 * SECOND),
    Key("runtime.dispatcher_stale_threshold", Duration(), "When a silent one is given up.", 120 * SECOND),
    Key(
        "runtime.async_token_counter_workers", COUNT, "How many count tokens at once.", 4,
        env=("RUNTIME_ASYNC_TOKEN_COUNTER_WORKERS", "ASYNC_TOKEN_COUNTER_WORKERS"),
    ),
    Key(
        "runtime.async_token_counter_buffer_size", COUNT, "How many texts wait for them.", 100,
        env=("RUNTIME_ASYNC_TOKEN_COUNTER_BUFFER_SIZE", "ASYNC_TOKEN_COUNTER_BUFFER_SIZE"),
    ),
    Key(
        "runtime.tool_execution_timeout", Duration(), "How long a tool may take.", 60 * SECOND,
        env=("TOOL_EXECUTION_TIMEOUT",), flag="--tool-execution-timeout", also=("runtime.timeout",),
    ),
    Key(
        "runtime.task_execution_timeout.default", Duration(), "How long callers wait for a task.", 60 * SECOND,
        env=("TASK_EXECUTION_TIMEOUT_DEFAULT",), also=("runtime.task_execution_timeout_default",),
    ),
    Key(
        "runtime.task_execution_timeout.max", Duration(), "How long they may wait.", 300 * SECOND,
        env=("TASK_EXECUTION_TIMEOUT_MAX",), also=("runtime.task_execution_timeout_max",),
    ),
    Key(
        "runtime.runtime_type", Choice(("bun", "node")), "What runs the project's own tools.", "bun",
        env=("RUNTIME_TYPE",), also=("runtime.type",),
    ),
    Key("runtime.entrypoint_path", Text(), "The file that exports them.", also=("runtime.entrypoint",)),
    Key("runtime.bun_permissions", TEXTS, "What they may do.", ["--allow-read"], also=("runtime.permissions",)),
    Key("runtime.native_tools.enabled", Boolean(), "Whether the built-in tools are offered.", True),
    Key("runtime.native_tools.root_dir", Text(), "The folder that they may see.", "."),
    Key("runtime.native_tools.additional_roots", TEXTS, "Further folders.", []),
    Key("runtime.native_tools.exec.timeout", Duration(), "How long a command may take.", 30 * SECOND),
    Key("runtime.native_tools.exec.max_stdout_bytes", SIZE, "How much it may print.", 2 * MIB),
    Key("runtime.native_tools.exec.max_stderr_bytes", SIZE, "How much it may complain.", 1024),
    Key("runtime.native_tools.fetch.timeout", Duration(), "How long a page may take.", 5 * SECOND),
    Key("runtime.native_tools.fetch.max_body_bytes", SIZE, "How large it may be.", 2 * MIB),
    Key("runtime.native_tools.fetch.max_redirects", Integer(0, 20), "How often it may have moved.", 5),
    Key(
        "runtime.native_tools.fetch.allowed_methods", TEXTS, "With which methods.",
        ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"],
    ),
)  # fmt: skip
LIMITS = (
    Key("limits.max_nesting_depth", _DEPTH, "How deep data may nest.", 20),
    Key("limits.max_config_file_nesting_depth", _DEPTH, "How deep files may nest.", 100),
    Key("limits.max_config_file_size", SIZE, "How large a file may be.", 10 * MIB),
    Key("limits.max_string_length", SIZE, "How long a text may be.", 10 * MIB),
    Key("limits.max_message_content", SIZE, "How long a message may be.", 10_240),
    Key("limits.max_total_content_size", SIZE, "How long all messages together may be.", 102_400),
    Key("limits.max_task_context_depth", _DEPTH, "How many tasks may stand around a task.", 5),
    Key("limits.parent_update_batch_size", COUNT, "How many children are told of at once.", 100),
    Key("memory.prefix", Text(), "What memories' keys begin with.", "compozy:memory:"),
    Key("memory.ttl", Duration(), "How long they live.", 24 * HOUR),
    Key("memory.max_entries", COUNT, "How many messages one holds.", 10_000),
)  # fmt: skip
LLM = (
    Key("llm.proxy_url", Text(), "Where the proxy of MCP servers is.", env=("MCP_PROXY_URL",), address=True),
    Key(
        "llm.mcp_readiness_timeout", Duration(), "How long it may take to be ready.", 60 * SECOND,
        env=("MCP_READINESS_TIMEOUT",),
    ),
    Key(
        "llm.mcp_readiness_poll_interval", Duration(), "How often it is asked.", 200,
        env=("MCP_READINESS_POLL_INTERVAL",),
    ),
    Key(
        "llm.mcp_client_timeout", Duration(), "How long it may take to answer.", 30 * SECOND,
        env=("MCP_CLIENT_TIMEOUT",),
    ),
    Key(
        "llm.provider_timeout", Duration(), "How long a model may take to answer.", 5 * MINUTE,
        flag="--llm-provider-timeout",
    ),
    Key("llm.max_concurrent_tools", COUNT, "How many tools run at once.", 10),
    Key("llm.max_tool_iterations", COUNT, "How many turns an agent has.", 100),
    Key("llm.max_sequential_tool_errors", COUNT, "How often a tool may fail in a row.", 10),
    Key("llm.max_consecutive_successes", COUNT, "How often the same call may be repeated.", 3),
    Key("llm.structured_output_retries", COUNT, "How often a wrong answer is asked for again.", 2),
    Key("llm.retry_attempts", COUNT, "How often a refused call is tried again.", 3),
    Key("llm.retry_backoff_base", Duration(), "After which time.", 100),
    Key("llm.retry_backoff_max", Duration(), "After which time at most.", 10 * SECOND),
    Key("llm.retry_jitter", Boolean(), "Whether that time varies.", True),
    Key("llm.retry_jitter_percent", _PERCENT, "By how much.", 10),
    Key("llm.rate_limiting.enabled", Boolean(), "Whether calls to models are limited.", True),
    Key("llm.rate_limiting.default_concurrency", COUNT, "How many calls run at once.", 10),
    Key("llm.rate_limiting.default_queue_size", COUNT, "How many wait.", 100),
    Key("llm.rate_limiting.default_requests_per_minute", COUNT, "How many a minute; 0 is no limit.", 0),
    Key("llm.enable_progress_tracking", Boolean(), "Whether an agent without progress is stopped.", False),
    Key("llm.no_progress_threshold", COUNT, "After how many turns.", 3),
    Key("llm.enable_loop_restarts", Boolean(), "Whether a stalled agent begins again.", False),
    Key("llm.restart_stall_threshold", COUNT, "After how many stalled turns.", 2),
    Key("llm.max_loop_restarts", COUNT, "How often.", 1),
    Key("llm.enable_context_compaction", Boolean(), "Whether long conversations are shortened.", False),
    Key("llm.context_compaction_threshold", _RATIO, "From which part of the window on.", 0.85),
    Key("llm.context_compaction_cooldown", COUNT, "After how many turns again.", 2),
    Key(
        "mcp_proxy.mode", Choice(("memory", "persistent", "distributed"), {"standalone": "memory"}),
        "How the proxy runs.", "memory", flag="--mcp-mode",
    ),
    Key("mcp_proxy.host", Text(), "The address that it listens on.", "127.0.0.1", flag="--mcp-host"),
    Key("mcp_proxy.port", PORT, "Its port; 0 takes a free one.", 0, flag="--mcp-port"),
    Key("mcp_proxy.base_url", Text(), "How others reach it.", flag="--mcp-base-url", address=True),
    Key(
        "mcp_proxy.admin_token", Text(), "The key of its administration.",
        env=("MCP_PROXY_ADMIN_TOKEN", "MCP_ADMIN_TOKEN"), secret=True,
    ),
    Key("mcp_proxy.shutdown_timeout", Duration(), "How long a stop may take.", 10 * SECOND),
    Key("mcp_proxy.idle_conn_timeout", Duration(), "How long a connection may rest.", 90 * SECOND),
    Key("mcp_proxy.max_idle_conns", COUNT, "How many connections may rest.", 128),
    Key("mcp_proxy.max_idle_conns_per_host", COUNT, "How many of one host.", 128),
    Key("mcp_proxy.max_conns_per_host", COUNT, "How many of one host in all.", 128),
)  # fmt: skip
CONTENT = (
    Key("attachments.max_download_size_bytes", SIZE, "How large an attachment may be.", 10 * MIB),
    Key("attachments.download_timeout", Duration(), "How long it may take.", 30 * SECOND),
    Key("attachments.max_redirects", Integer(0, 20), "How often it may have moved.", 3),
    Key("attachments.allowed_mime_types.image", TEXTS, "Which images are taken.", ["image/*"]),
    Key("attachments.allowed_mime_types.audio", TEXTS, "Which sounds.", ["audio/*"]),
    Key("attachments.allowed_mime_types.video", TEXTS, "Which films.", ["video/*"]),
    Key("attachments.allowed_mime_types.pdf", TEXTS, "Which documents.", ["application/pdf"]),
    Key("attachments.allowed_mime_types.text", TEXTS, "Which texts.", ["text/*"]),
    Key("attachments.text_part_max_bytes", SIZE, "How long a text may be.", 5 * MIB),
    Key("attachments.pdf_extract_max_chars", SIZE, "How much of a document is read.", 1_000_000),
    Key("attachments.mime_head_max_bytes", Integer(1, 65_536), "How many bytes tell the kind.", 512),
    Key("attachments.http_user_agent", Text(), "How we call ourselves.", "Compozy/1.0"),
    Key("attachments.ssrf_strict", Boolean(), "Whether private networks are closed to them.", False),
    Key("knowledge.embedder_batch_size", Integer(1, 10_000), "How many texts are embedded at once.", 512),
    Key("knowledge.chunk_size", Integer(1, 100_000), "How long a piece of a text is.", 800),
    Key("knowledge.chunk_overlap", Integer(0, 100_000), "How much of it the next one repeats.", 120),
    Key("knowledge.retrieval_top_k", Integer(1, 1_000), "How many pieces are found.", 5),
    Key("knowledge.retrieval_min_score", _RATIO, "How alike they must be.", 0),
    Key("knowledge.max_markdown_file_size_bytes", SIZE, "How large a page may be.", 4 * MIB),
    Key("knowledge.vector_http_timeout", Duration(), "How long a vector database may take.", 10 * SECOND),
)  # fmt: skip
WORK = (
    Key("tasks.retry.child_state.max_attempts", COUNT, "How often a child's state is looked for.", 5),
    Key("tasks.retry.child_state.base_backoff", Duration(), "After which time again.", 50),
    Key("tasks.wait.siblings.poll_interval", Duration(), "How often siblings are looked at.", 200),
    Key("tasks.wait.siblings.timeout", Duration(), "How long they may take.", 30 * SECOND),
    Key("tasks.stream.max_chunks", COUNT, "How many pieces of an answer are kept.", 100),
    Key("worker.activity_start_to_close_timeout", Duration(), "How long a call may take.", 5 * MINUTE),
    Key(
        "worker.activity_heartbeat_timeout", Duration(), "How long it may be silent.", 30 * SECOND,
        also=("worker.heartbeat_timeout",),
    ),
    Key("worker.activity_max_retries", COUNT, "How often it is tried again.", 3),
    Key("worker.error_handler_timeout", Duration(), "How long a failure's handling may take.", 30 * SECOND),
    Key("worker.error_handler_max_retries", COUNT, "How often it is tried again.", 3),
    Key(
        "worker.max_concurrent_activity_execution_size", COUNT, "How many calls run at once; 0 follows the machine.",
        0,
    ),
    Key("worker.max_concurrent_workflow_execution_size", COUNT, "How many runs decide at once.", 0),
    Key("worker.max_concurrent_local_activity_execution_size", COUNT, "How many local calls run at once.", 0),
    *(
        key
        for kind in ("agent", "task", "workflow")
        for key in (
            Key(f"stream.{kind}.default_poll", Duration(), f"How often {kind} streams look.", 500),
            Key(f"stream.{kind}.min_poll", Duration(), "How often callers may want it.", 250),
            Key(f"stream.{kind}.max_poll", Duration(), "How seldom callers may want it.", 2 * SECOND),
            Key(
                f"stream.{kind}.heartbeat_frequency", Duration(), "How often a quiet stream gives a sign.",
                15 * SECOND,
            ),
            Key(f"stream.{kind}.redis_channel_prefix", Text(), "What its channel begins with.", "stream:tokens:"),
        )
    ),
)  # fmt: skip
