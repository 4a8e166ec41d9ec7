"""What own Cypher may use: functions and procedures by name, operators of the server's plan, and sizes.

Each is a list of what is admitted; whatever is not named is refused, also what a later server brings.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

NAMES: Final = """
    coalesce nullif isempty size length head last tail reverse range reduce keys properties valuetype
    toboolean tobooleanornull tobooleanlist tofloat tofloatornull tofloatlist tointeger tointegerornull tointegerlist
    tostring tostringornull tostringlist char_length character_length left right substring replace split trim btrim
    ltrim rtrim lower upper tolower toupper normalize
    all any none single exists
    id elementid labels type startnode endnode nodes relationships shortestpath allshortestpaths
    count collect sum avg min max stdev stdevp percentilecont percentiledisc
    abs ceil ceiling floor round sign rand isnan sqrt exp log log10 e pi
    sin cos tan cot asin acos atan atan2 degrees radians haversin
    timestamp date datetime localdatetime time localtime duration date.truncate datetime.truncate
    localdatetime.truncate time.truncate localtime.truncate datetime.fromepoch datetime.fromepochmillis
    duration.between duration.inmonths duration.indays duration.inseconds point point.distance point.withinbbox
    vector vector.similarity.cosine vector.similarity.euclidean vector_distance vector_norm vector_dimension_count
    tointegerlist
"""

FUNCTIONS: Final = frozenset(NAMES.split())
"""In small letters, as Cypher reads the names of its own functions in any case."""

PROCEDURES: Final = frozenset(
    {
        "db.labels",
        "db.relationshipTypes",
        "db.propertyKeys",
        "db.schema.visualization",
        "db.schema.nodeTypeProperties",
        "db.schema.relTypeProperties",
        "db.index.fulltext.queryNodes",
        "db.index.fulltext.queryRelationships",
        "db.index.vector.queryNodes",
        "db.index.vector.queryRelationships",
    }
)
"""Letter by letter: the server tells procedures apart by case."""

MAX_LENGTH: Final = 20_000
"""Characters of one query."""

MAX_TOKENS: Final = 3_000
MAX_DEPTH: Final = 24
"""Brackets inside one another."""

MAX_OPERATORS: Final = 60
"""Operators on top of one another: the server plans a chain of a thousand for longer than its limit."""

MAX_TURNS: Final = 6
"""AND in OR in AND …: the server writes conditions out as one AND of ORs, which may grow as a power of two."""

MAX_RELATIONSHIPS: Final = 30
"""In all patterns of one query: the time that the server plans grows with them, and its limit hardly binds it then."""

MAX_HOPS: Final = 10
"""Most relationships that one pattern of variable length may span."""

MAX_REPEATS: Final = 2
"""Most repeats without an end in a regular expression: each may multiply the steps by the length of the text."""

REFUSED_WORDS: Final = MappingProxyType(
    {
        **dict.fromkeys(
            ("CREATE", "MERGE", "SET", "REMOVE", "DELETE", "DETACH", "NODETACH", "INSERT", "FOREACH"),
            "it writes, and only reading is admitted",
        ),
        "LOAD": "it reads files or the network",
        "USE": "the database cannot be chosen",
        **dict.fromkeys(("EXPLAIN", "PROFILE", "CYPHER"), "a query stands for itself, without a prefix or options"),
        **dict.fromkeys(
            ("DROP", "ALTER", "GRANT", "DENY", "REVOKE", "START", "STOP", "TERMINATE", "ENABLE", "RENAME", "SHOW"),
            "it is a command on the schema or the server",
        ),
        **dict.fromkeys(("BEGIN", "COMMIT", "ROLLBACK"), "transactions are not the query's affair"),
        "USING": "hints to the planner are not admitted",
        "TRANSACTIONS": "transactions are not the query's affair",
    }
)
"""Why a word that the grammar does not know is refused. It makes a message clearer and decides nothing."""
