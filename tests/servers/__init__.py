"""Real Neo4j and Kafka servers for tests, without Docker: jars from Maven Central, one process, loopback ports.

A test asks for a fixture of ``tests/conftest.py``::

    @pytest.mark.neo4j
    def test_something(neo4j_server):            # 2026.08 Community; one server for the whole run
        neo4j_server.empty()                     # no nodes; constraints stay. empty(schema=True): none of these either
        neo4j_server.url, neo4j_server.user, neo4j_server.password
        server = Neo4jServer(neo4j_server)       # it is a `Neo4jConfig`
        hasty = neo4j_server.config(query_s=0.5) # the same with other limits

The others: ``neo4j_lts`` (5.26, for tests that are `slow`), ``any_neo4j`` (both, the second one `slow`), and
``start_neo4j(**settings)``, which starts a server of the test's own that may be paused, killed and started again;
``kafka_server`` likewise for ``pytest.mark.kafka``.

They need a JDK (21 or newer; found by JAVA_HOME, on PATH, or beside that one) and, the first time, Maven. Where these
are missing the tests are left out, and the last lines of the run say so; with CI=true in the environment they fail.
By hand: ``python -m tests.servers.neo4j start|stop|status`` (or ``make neo4j``), ``python -m tests.servers.kafka …``.
"""
