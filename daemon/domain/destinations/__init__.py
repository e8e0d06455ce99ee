"""What well-known receivers need, and recipes for the reference's use cases.

Facts from the vendors' public documentation; nothing was tried on a live service.
"""

from daemon.domain.destinations.guide import (
    Blank,
    Guide,
    HeaderAsked,
    Limit,
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
    "HeaderAsked",
    "Limit",
    "Recipe",
    "RecipeAnswer",
    "fill_blanks",
    "guide",
    "guide_for_url",
    "limit_problems",
    "recipe",
    "recipe_forms",
]
