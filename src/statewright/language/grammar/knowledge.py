"""Knowledge (workflows.md 2.13): what embeds texts, where vectors lie, what is read into them, and who looks there."""

from __future__ import annotations

from statewright.kernel.values import Json
from statewright.language.grammar.field import Entity, Field
from statewright.language.grammar.kinds import (
    AnyMap,
    AnyValue,
    Boolean,
    Choice,
    Credential,
    Duration,
    Inline,
    Integer,
    ListOf,
    Number,
    Text,
)
from statewright.language.marks import At
from statewright.language.yaml.reading import Reader

CHUNK_SIZE, CHUNK_SIZE_MIN, CHUNK_SIZE_MAX = 800, 64, 8_192
CHUNK_OVERLAP = 120
TOP_K_MAX = 50
# No model makes longer vectors.
_DIMENSION_MAX = 65_536
_TOKENS_MAX = 100_000_000
_ID = Text(format="identifier")


def _cached_has_a_size(at: At, kept: dict[str, Json], reader: Reader) -> None:
    if kept.get("enabled") and not kept.get("size"):
        reader.missing(at, "size", "the cache of an embedder", "how many vectors are remembered")


def _reachable_store(at: At, kept: dict[str, Json], reader: Reader) -> None:
    config = at.get("config")
    if config is not None and kept.get("type") == "qdrant" and config.get("dsn") is None:
        reader.missing(config, "dsn", "the config of a qdrant", "the variable that holds its address")


def _index_fits_its_type(at: At, kept: dict[str, Json], reader: Reader) -> None:
    needed = {"ivfflat": ("lists",), "hnsw": ("m", "ef_construction")}.get(str(kept.get("type")), ())
    for name in needed:
        if at.get(name) is not None and not kept.get(name):
            entry = at.get(name) or at
            reader.problems.error("RANGE", f"{name!r} of an index of type {kept['type']!r} is 1 or more", entry)


def _fewest_below_most(at: At, kept: dict[str, Json], reader: Reader) -> None:
    fewest, most = kept.get("min_conns"), kept.get("max_conns")
    if isinstance(fewest, int) and isinstance(most, int) and fewest > most:
        message = f"'min_conns' is {fewest}, it must be at most 'max_conns', which is {most}"
        reader.problems.error("RANGE", message, at.get("min_conns") or at)


def _overlap_below_size(at: At, kept: dict[str, Json], reader: Reader) -> None:
    size, overlap = kept.get("size", CHUNK_SIZE), kept.get("overlap", CHUNK_OVERLAP)
    if isinstance(size, int) and isinstance(overlap, int) and overlap >= size:
        message = f"'overlap' is {overlap}, it must be less than 'size', which is {size}"
        reader.problems.error("RANGE", message, at.get("overlap") or at.get("size") or at)


def _source_says_where(at: At, kept: dict[str, Json], reader: Reader) -> None:
    kind, paths = kept.get("type"), at.get("paths")
    if kind == "url":
        if paths is not None:
            reader.problems.key("FIELD_CONFLICT", "a source of type 'url' has no 'paths'", paths, hint="write `urls`")
        if at.get("path") is None and at.get("urls") is None:
            reader.missing(at, "urls", "a source of type 'url'")
    elif kind == "markdown_glob" and at.get("path") is None and paths is None:
        reader.missing(at, "paths", "a source of type 'markdown_glob'", "as in `- docs/**/*.md`")


EMBEDDER_CACHE = Entity(
    "embedder_cache",
    "the cache of an embedder",
    "How many vectors are remembered.",
    (
        Field("enabled", Boolean(), "Whether vectors are remembered.", default=False),
        Field("size", Integer(), "How many."),
    ),
    rules=(_cached_has_a_size,),
)
EMBEDDER_CONFIG = Entity(
    "embedder_config",
    "the config of an embedder",
    "How texts are embedded.",
    (
        Field("dimension", Integer(1, _DIMENSION_MAX), "How long the vectors are.", required=True),
        Field("batch_size", Integer(1), "How many texts are sent at once.", default=512),
        Field("max_concurrent_workers", Integer(1), "How many batches are on their way."),
        Field("strip_newlines", Boolean(), "Whether line ends become blanks.", default=True),
        Field("retry", AnyMap(), "How refused batches are tried again."),
        Field("cache", Inline("embedder_cache"), "How many vectors are remembered."),
    ),
)
EMBEDDER = Entity(
    "embedder",
    "an embedder",
    "Makes vectors of texts.",
    (
        Field("resource", Text(), "Says in a file of its own that this is an `embedder`."),
        Field("id", _ID, "What knowledge bases call it.", required=True),
        Field("description", Text(), "What it is for."),
        Field("provider", Text(), "Whose model, as in `openai`, `google` or `local`.", required=True),
        Field("model", Text(), "The provider's name of the model.", required=True),
        Field("api_key", Credential(), "The variable that holds the key."),
        Field("config", Inline("embedder_config"), "How texts are embedded.", required=True),
    ),
    kept=True,
    available=False,
)
PGVECTOR_INDEX = Entity(
    "pgvector_index",
    "an index of pgvector",
    "How near vectors are found.",
    (
        Field("type", Choice(("ivfflat", "hnsw")), "Which kind of index.", required=True),
        Field("lists", Integer(), "How many lists an ivfflat has."),
        Field("m", Integer(), "How many neighbours an hnsw keeps."),
        Field("ef_construction", Integer(), "How carefully an hnsw is built."),
    ),
    rules=(_index_fits_its_type,),
)
PGVECTOR_POOL = Entity(
    "pgvector_pool",
    "a pool of pgvector",
    "How many connections are held.",
    (
        Field("min_conns", Integer(), "At least."),
        Field("max_conns", Integer(), "At most."),
        Field("max_conn_lifetime", Duration(least=0), "How long one is used."),
        Field("max_conn_idle_time", Duration(least=0), "How long one may be idle."),
        Field("health_check_period", Duration(least=0), "How often they are looked at."),
    ),
    rules=(_fewest_below_most,),
)
PGVECTOR_SEARCH = Entity(
    "pgvector_search",
    "a search of pgvector",
    "How carefully is searched.",
    (
        Field("probes", Integer(), "How many lists of an ivfflat are looked at."),
        Field("ef_search", Integer(), "How many candidates of an hnsw are looked at."),
    ),
)
PGVECTOR = Entity(
    "pgvector",
    "pgvector",
    "How PostgreSQL holds the vectors.",
    (
        Field("index", Inline("pgvector_index"), "How near vectors are found."),
        Field("pool", Inline("pgvector_pool"), "How many connections are held."),
        Field("search", Inline("pgvector_search"), "How carefully is searched."),
    ),
)
VECTOR_DB_CONFIG = Entity(
    "vector_db_config",
    "the config of a vector database",
    "Where vectors lie.",
    (
        Field("dsn", Credential(), "The variable that holds the address and its password."),
        Field("path", Text(), "The folder of a filesystem database."),
        Field("table", Text(), "The table of a pgvector database."),
        Field("collection", Text(), "The collection of a qdrant database."),
        Field("index", Text(), "The index of a redis database."),
        Field("ensure_index", Boolean(), "Whether a missing index is made."),
        Field("metric", Text(), "How nearness is measured.", default="cosine"),
        Field("dimension", Integer(1, _DIMENSION_MAX), "How long the vectors are.", required=True),
        Field("consistency", Text(), "What a write waits for."),
        Field("auth", AnyMap(template=True), "How the database knows us."),
        Field("max_top_k", Integer(1), "How many hits a search may ask for."),
        Field("pgvector", Inline("pgvector"), "How PostgreSQL holds the vectors."),
    ),
)
VECTOR_DB = Entity(
    "vector_db",
    "a vector database",
    "Holds vectors and finds near ones.",
    (
        Field("resource", Text(), "Says in a file of its own that this is a `vector_db`."),
        Field("id", _ID, "What knowledge bases call it.", required=True),
        Field("description", Text(), "What it is for."),
        Field("type", Choice(("pgvector", "qdrant", "redis", "filesystem")), "Which database.", required=True),
        Field("config", Inline("vector_db_config"), "Where vectors lie.", required=True),
    ),
    rules=(_reachable_store,),
    kept=True,
    available=False,
)
SOURCE = Entity(
    "knowledge_source",
    "a source of knowledge",
    "Texts that are read into a knowledge base.",
    (
        Field("type", Choice(("url", "markdown_glob")), "What it is.", required=True),
        Field("path", Text(template=True), "One file or address."),
        Field("paths", ListOf(Text(template=True)), "Several files; globs are allowed."),
        Field("urls", ListOf(Text(template=True)), "Several addresses."),
        Field("provider", AnyValue(), "Kept for sources in clouds.", available=False),
        Field("bucket", AnyValue(), "Kept for sources in clouds.", available=False),
        Field("prefix", AnyValue(), "Kept for sources in clouds.", available=False),
        Field("video_id", AnyValue(), "Kept for transcripts.", available=False),
        Field("options", AnyMap(), "Kept for such sources.", available=False),
    ),
    rules=(_source_says_where,),
)
CHUNKING = Entity(
    "chunking",
    "chunking",
    "How texts are cut.",
    (
        Field(
            "strategy",
            Choice(("recursive_text_splitter",)),
            "By which rule.",
            default="recursive_text_splitter",
        ),
        Field("size", Integer(CHUNK_SIZE_MIN, CHUNK_SIZE_MAX), "How long a piece is.", default=CHUNK_SIZE),
        Field("overlap", Integer(), "How much of a piece is repeated in the next.", default=CHUNK_OVERLAP),
    ),
    rules=(_overlap_below_size,),
)
PREPROCESS = Entity(
    "preprocess",
    "preprocess",
    "What happens to texts before they are cut.",
    (
        Field("dedupe", Boolean(), "Whether the same piece is kept once.", default=True),
        Field("remove_html", Boolean(), "Whether tags are removed.", default=False),
    ),
)
_LOOKING = (
    Field("top_k", Integer(1, TOP_K_MAX), "How many pieces are found at most."),
    Field("min_score", Number(0, 1), "How near a piece must be."),
    Field("max_tokens", Integer(0, _TOKENS_MAX), "How long the pieces are together; 0 sets no limit."),
    Field("inject_as", Text(), "The heading that they get in the prompt."),
    Field("fallback", Text(), "What the prompt says where nothing is found."),
    Field("filters", AnyMap(template=True), "Metadata that pieces must have."),
)
RETRIEVAL = Entity(
    "retrieval",
    "retrieval",
    "What is found, and how it is shown to a model.",
    (
        *_LOOKING,
        Field("min_results", Integer(), "With fewer pieces, nothing counts as found.", default=1),
        Field(
            "tool_fallback",
            Choice(("never", "escalate", "auto")),
            "Whether tools are offered where nothing is found.",
            default="never",
        ),
    ),
)
METADATA = Entity(
    "knowledge_metadata",
    "metadata",
    "Whose knowledge it is.",
    (
        Field("tags", ListOf(Text()), "Words to find it by."),
        Field("owners", ListOf(Text()), "Who answers for it."),
    ),
    unknown="warning",
)
KNOWLEDGE_BASE = Entity(
    "knowledge_base",
    "a knowledge base",
    "Texts that agents look things up in.",
    (
        Field("resource", Text(), "Says in a file of its own that this is a `knowledge_base`."),
        Field("id", _ID, "What bindings call it.", required=True),
        Field("description", Text(), "What it knows."),
        Field("embedder", Text(of="embedder"), "The id of the embedder.", required=True),
        Field("vector_db", Text(of="vector_db"), "The id of the vector database.", required=True),
        Field("ingest", Choice(("manual", "on_start")), "When the sources are read.", default="manual"),
        Field("sources", ListOf(Inline("knowledge_source"), least=1), "The texts.", required=True),
        Field("chunking", Inline("chunking"), "How texts are cut."),
        Field("preprocess", Inline("preprocess"), "What happens to texts before they are cut."),
        Field("retrieval", Inline("retrieval"), "What is found, and how it is shown to a model."),
        Field("metadata", Inline("knowledge_metadata"), "Whose knowledge it is."),
    ),
    kept=True,
    available=False,
)
BINDING = Entity(
    "knowledge_binding",
    "a knowledge binding",
    "A knowledge base that is looked up before a model is asked.",
    (Field("id", Text(of="knowledge_base"), "The knowledge base.", required=True), *_LOOKING),
)
# One binding in each place is what the original engine allows.
BINDINGS = ListOf(Inline("knowledge_binding"), most=1)
ENTITIES = (
    EMBEDDER, EMBEDDER_CONFIG, EMBEDDER_CACHE, VECTOR_DB, VECTOR_DB_CONFIG, PGVECTOR, PGVECTOR_INDEX, PGVECTOR_POOL,
    PGVECTOR_SEARCH, KNOWLEDGE_BASE, SOURCE, CHUNKING, PREPROCESS, RETRIEVAL, METADATA, BINDING,
)  # fmt: skip
