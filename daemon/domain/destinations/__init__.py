"""Guides for well-known receivers, and recipes for the reference's use cases.

The facts come from the vendors' public documentation; they were not tested on live services.
"""

from daemon.domain.destinations.guide import (
    Blank,
    Guide,
    Limit,
    RequiredHeader,
    fill_blanks,
    limit_problems,
)
from daemon.domain.destinations.guides import GUIDES, guide, guide_for_url
from daemon.domain.destinations.recipes import RECIPES, Recipe, RecipeAnswer, recipe, recipe_forms

__all__ = [
    "GUIDES",
    "RECIPES",
    "Blank",
    "Guide",
    "Limit",
    "Recipe",
    "RecipeAnswer",
    "RequiredHeader",
    "fill_blanks",
    "guide",
    "guide_for_url",
    "limit_problems",
    "recipe",
    "recipe_forms",
]
