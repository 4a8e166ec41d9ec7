"""All benchmarks, the light ones first."""

from __future__ import annotations

from benchmarks.beauty_paths import beauty_paths
from benchmarks.clicks import lastfm_clicks
from benchmarks.exports import exports
from benchmarks.feed_large import feed_50m, feeds_50m, growth
from benchmarks.feed_quality import feed_quality
from benchmarks.gnn import gnn
from benchmarks.hamming import hamming
from benchmarks.harness import Benchmark
from benchmarks.large import explain_50m, kernels_50m, snapshot_50m
from benchmarks.live import events_in, feeds, freshness
from benchmarks.loading import load_epinions
from benchmarks.models import beauty, gowalla, lastfm
from benchmarks.neo4j_export import neo4j_export
from benchmarks.neo4j_files import neo4j_files
from benchmarks.neo4j_load import neo4j_load
from benchmarks.neo4j_queries import neo4j_queries
from benchmarks.neo4j_vectors import neo4j_vectors
from benchmarks.next_answer import next_answer
from benchmarks.overlay import overlay
from benchmarks.privacy import privacy
from benchmarks.quality import quality_ciao, quality_gowalla, quality_lastfm, quality_yelp
from benchmarks.rdf import rdf
from benchmarks.rules import rules
from benchmarks.search import search
from benchmarks.topics import kafka_in
from benchmarks.towns import town_1m, town_100k
from benchmarks.walks import walks

BENCHMARKS = (
    Benchmark("town_100k", "simulate a town of 100,000 people and write it", town_100k),
    Benchmark("load_epinions", "Epinions: files to store, store to snapshot", load_epinions),
    Benchmark("rdf", "Epinions as RDF: written, built for SPARQL, asked", rdf),
    Benchmark("exports", "Epinions for networkx and PyG: whole, and around a person", exports),
    Benchmark("overlay", "a million events into the overlay over 10 M interactions", overlay),
    Benchmark("search", "half a million products: found by words, meaning and concept", search),
    Benchmark("events_in", "a served town: events over HTTP, durable before they are acknowledged", events_in),
    Benchmark("kafka_in", "a Kafka topic into the log; needs a JDK and Maven", kafka_in),
    Benchmark("freshness", "a served town, two workers: from an event to every answer", freshness),
    Benchmark("feeds", "a served town, two workers: feeds over HTTP", feeds),
    Benchmark("next_answer", "a served town: purchases in a new cluster, products that just came", next_answer),
    Benchmark("feed_quality", "a town and Ciao: what people chose after a moment, asked before it", feed_quality),
    Benchmark("hamming", "a million hashes of pictures: which differ in a few bits", hamming),
    Benchmark("rules", "association rules: groceries, Epinions", rules),
    Benchmark("privacy", "Epinions: one person exported and erased, a backup and a restore; sealed people", privacy),
    Benchmark("lastfm", "Last.fm, LightGCN's split: spectral and LightGCN", lastfm),
    Benchmark("lastfm_clicks", "Last.fm, MCCLK's pairs and facts: click prediction, five random splits", lastfm_clicks),
    Benchmark("beauty", "Amazon Beauty with its knowledge graph: what auto chooses", beauty),
    Benchmark("beauty_paths", "Amazon Beauty: recommended products with a knowledge path that holds", beauty_paths),
    Benchmark("gowalla", "Gowalla: spectral", gowalla),
    Benchmark("gnn", "Gowalla: steps of LightGCN beside plain ones, neighbours drawn, a new vector", gnn),
    Benchmark("quality_gowalla", "Gowalla: a filter over the whole spectrum", quality_gowalla),
    Benchmark("quality_lastfm", "Last.fm, LightGCN's split: what auto chooses", quality_lastfm),
    Benchmark("quality_ciao", "Ciao, RecDiff's split: what auto chooses, with and without follows", quality_ciao),
    Benchmark("quality_yelp", "Yelp, DiffNet's split: 1,000 drawn items", quality_yelp),
    Benchmark("walks", "random walks on graphs of 2, 8 and 32 M arcs; skip-gram on the first", walks),
    Benchmark(
        "snapshot_50m", "1 M people, 1 M products, 10 M follows, 50 M interactions: arrays to snapshot", snapshot_50m
    ),
    Benchmark("kernels_50m", "the same graph: a walk of 5,000 steps, friends' interactions", kernels_50m),
    Benchmark("feed_50m", "the same graph with all knowledge and a model: a whole feed in one process", feed_50m),
    Benchmark("feeds_50m", "the same served by two workers: feeds over HTTP, and memory", feeds_50m),
    Benchmark("growth", "feeds over graphs of 5, 50 and 200 M interactions", growth),
    Benchmark("explain_50m", "the same graph with brands, categories, tags, entities: why a product", explain_50m),
    Benchmark("neo4j_export", "Epinions on a Neo4j server into a snapshot", neo4j_export),
    Benchmark("neo4j_files", "a store of 10 M relationships to files for Neo4j's offline import", neo4j_files),
    Benchmark("neo4j_vectors", "Ciao's trained tables: what Neo4j's vector index finds of the nearest", neo4j_vectors),
    Benchmark("neo4j_load", "Epinions: the log into an empty Neo4j server", neo4j_load),
    Benchmark("neo4j_queries", "Epinions on a warm Neo4j server: every question of analysts", neo4j_queries),
    Benchmark("town_1m", "simulate a town of a million people", town_1m),
)
