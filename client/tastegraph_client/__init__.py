"""Asks a tastegraph service."""

from tastegraph_client.clients import AsyncClient, Client
from tastegraph_client.errors import ApiError, TastegraphClientError, Unreachable
from tastegraph_client.forms import Item, Question, Receipt, Result, Slate

__all__ = [
    "ApiError",
    "AsyncClient",
    "Client",
    "Item",
    "Question",
    "Receipt",
    "Result",
    "Slate",
    "TastegraphClientError",
    "Unreachable",
]
