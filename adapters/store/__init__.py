"""The store: SQLite or PostgreSQL, the only place that knows SQLAlchemy and eventsourcing."""

from adapters.store.factory import StoreFactory
from adapters.store.store import Store

__all__ = ["Store", "StoreFactory"]
