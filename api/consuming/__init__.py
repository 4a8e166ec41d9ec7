"""Events from elsewhere into the log: a Kafka topic, and what could not be taken."""
