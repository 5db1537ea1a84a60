"""Models: saved without code or pickle, logged to the journal, registered under names with versions and aliases."""

from __future__ import annotations
