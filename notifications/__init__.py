"""Messages that leave the system: an outbox row written with the event that caused it, delivered at least once."""
