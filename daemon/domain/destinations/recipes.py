"""The reference's six use cases, as recipes that set up webhooks in one step."""

from collections.abc import Sequence
from typing import Any

import msgspec

from daemon.domain.destinations.guides import SLACK

Form = dict[str, Any]


class RecipeAnswer(msgspec.Struct, frozen=True):
    """The user's input for a recipe: the URL, the projects and the name."""

    url: str
    projects: tuple[str, ...] = ()
    name: str | None = None


class Recipe(msgspec.Struct, frozen=True):
    """A use case: its purpose, and the webhook for it.

    `form` has the API's keys except url and projects. `wants_projects` describes the projects to
    name, or is None for all. With `many`, each answer gives a webhook with a name of its own.
    """

    kind: str
    title: str
    purpose: str
    receiver: str
    form: Form
    wants_projects: str | None = None
    many: bool = False


RECIPES = (
    Recipe(
        kind="slack-scans",
        title="Slack notifications",
        purpose="Tell a channel at once when a scan of a critical project has completed",
        receiver="a Slack incoming webhook",
        wants_projects="critical production projects",
        form={
            "name": "Slack: completed scans",
            "type": "slack",
            "events": ["scan.completed"],
            "body_template": dict(SLACK.templates)["scan.completed"],
            "retry": {"rate": 1},
        },
    ),
    Recipe(
        kind="ticketing",
        title="Ticketing",
        purpose="Make tickets of what scans find and of issues that are opened, once each",
        receiver="a Zapier catch hook or an endpoint that makes tickets in Jira or Linear",
        wants_projects="production projects",
        form={
            "name": "Tickets for open issues",
            "events": ["scan.completed", "issue.status_changed"],
            "statuses": ["open"],
        },
    ),
    Recipe(
        kind="accepted-risk",
        title="Accepted risks",
        purpose="Document every accepted risk, for compliance and for reviews",
        receiver="a Zapier catch hook or an endpoint that makes tickets in Jira or Linear",
        form={
            "name": "Accepted risks",
            "events": ["issue.status_changed"],
            "statuses": ["accepted_risk"],
        },
    ),
    Recipe(
        kind="dashboard",
        title="Custom dashboard",
        purpose="Show scans and issues live on a dashboard of your own",
        receiver="the endpoint that feeds the dashboard",
        form={"name": "Dashboard", "events": ["scan.*", "issue.*"]},
    ),
    Recipe(
        kind="teams",
        title="Multi-team routing",
        purpose="Send each team what happens in its own projects, and nothing else",
        receiver="a Slack incoming webhook for each team's channel",
        wants_projects="the team's projects",
        many=True,
        form={
            "name": "Team",
            "type": "slack",
            "events": ["scan.completed", "scan.failed", "issue.status_changed"],
            "body_template": SLACK.template,
            "retry": {"rate": 1},
        },
    ),
    Recipe(
        kind="compliance",
        title="Compliance log",
        purpose="Record every completed scan; the delivery history is the audit trail",
        receiver="the endpoint that writes to the compliance database",
        form={"name": "Compliance log", "events": ["scan.completed"]},
    ),
)
"""In the order of the reference."""

_BY_KIND = {one.kind: one for one in RECIPES}


class RecipeProblem(ValueError):
    """The answers do not fit the recipe; the message says what is missing."""


def recipe(kind: str) -> Recipe:
    """The recipe of a kind. Raises KeyError for an unknown one."""
    return _BY_KIND[kind]


def recipe_forms(chosen: Recipe, answers: Sequence[RecipeAnswer]) -> list[Form]:
    """The forms of the webhooks to make, ready for `read_webhook` or the API.

    Raises RecipeProblem when there are too few or too many answers, or names are missing.
    """
    if not answers or (len(answers) > 1 and not chosen.many):
        required = "one URL for each team" if chosen.many else "exactly one URL"
        raise RecipeProblem(f"{chosen.title} needs {required}, like {chosen.receiver}")
    if chosen.many and not all(answer.name for answer in answers):
        raise RecipeProblem(f"{chosen.title} makes several webhooks: give each a name")
    return [
        {
            **chosen.form,
            "name": answer.name or chosen.form["name"],
            "url": answer.url,
            "projects": list(answer.projects),
        }
        for answer in answers
    ]
