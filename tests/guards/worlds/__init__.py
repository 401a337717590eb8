"""The two sides of the tenancy walk and a thing of each kind on both, one module for each part of the product.

Builders run in the order in which their modules stand here, and may use what an earlier one made.
"""

from __future__ import annotations

from importlib import import_module

from tests.guards.worlds.world import OPEN_TO_ALL, SECRETS, WORDS, Ids, World, build_world, builder_of, word_for

MODULES = ("placing", "market", "quality", "joining", "documents", "routes", "joint")

for _module in MODULES:
    import_module(f"{__name__}.{_module}")

__all__ = ["OPEN_TO_ALL", "SECRETS", "WORDS", "Ids", "World", "build_world", "builder_of", "word_for"]
