"""Encoders: from the text of a prompt to a vector."""

from __future__ import annotations

from pilotage.encode.adapters import as_encoder, openai_encoder
from pilotage.encode.leading import Leading
from pilotage.encode.protocol import Embeddings, Encoder
from pilotage.encode.static import StaticEncoder

__all__ = ["Embeddings", "Encoder", "Leading", "StaticEncoder", "as_encoder", "openai_encoder"]
