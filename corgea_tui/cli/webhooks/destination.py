"""Fills in a new webhook for a known kind of receiver (`--destination`)."""

import sys
from collections.abc import Iterable, Mapping
from typing import Any

import click

from corgea_tui.cli.verb import unknown
from corgea_tui.client.errors import Usage
from daemon.domain.destinations import GUIDES, Guide, RequiredHeader, fill_blanks, guide
from daemon.domain.destinations.guide import open_blanks

Form = dict[str, Any]


def with_destination(form: Form, kind: str, fills: Iterable[str]) -> Form:
    """`form` with the type, headers, template and rate that the receiver needs.

    Given values stay. Values that only the user knows are requested on a terminal; without one,
    `Usage` names the options to add.
    """
    found = _guide(kind)
    given = dict(_fill(text) for text in fills)
    filled: Form = {"type": found.type.value, **form}
    if "body_template" not in filled and (template := _template(found, form, given)):
        filled["body_template"] = template
    if headers := [*form.get("headers", []), *_missing_headers(found, form)]:
        filled["headers"] = headers
    if found.rate is not None and "retry" not in filled:
        filled["retry"] = {"rate": found.rate}
    return filled


def destination_kinds(_ctx: click.Context, _param: click.Parameter, typed: str) -> list[str]:
    """For completion: the kinds that begin with `typed`."""
    return [each.kind for each in GUIDES if each.kind.startswith(typed)]


def _guide(kind: str) -> Guide:
    try:
        return guide(kind)
    except KeyError:
        raise Usage(unknown("destination", kind, [each.kind for each in GUIDES])) from None


def _fill(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise Usage(f"--fill {text}: write NAME=VALUE")
    return name.strip(), value


def _template(found: Guide, form: Form, given: Mapping[str, str]) -> str | None:
    template = found.template_for(tuple(form["events"]))
    if template is None:
        return None
    values = dict(given)
    for blank in open_blanks(found, fill_blanks(found, template, values)):
        values[blank.title] = _prompt(
            f"{blank.title} ({blank.hint})",
            f"{found.title} needs --fill '{blank.title}=…': {blank.hint}",
            hidden=blank.secret,
        )
    return fill_blanks(found, template, values)


def _missing_headers(found: Guide, form: Form) -> list[Form]:
    """The headers that the receiver needs and the form does not have."""
    names = {header["name"].lower() for header in form.get("headers", [])}
    chosen = {each.choice for each in found.headers if each.choice and each.name.lower() in names}
    missing = []
    for each in found.headers:
        if each.name.lower() in names or (each.choice and each.choice in chosen):
            continue
        missing.append({"name": each.name, "value": _header_value(found, each)})
        if each.choice:
            chosen.add(each.choice)
    return missing


def _header_value(found: Guide, header: RequiredHeader) -> str:
    if header.value is not None:
        return header.value
    hint = f": {header.hint}" if header.hint else ""
    value = _prompt(
        f"{header.name}: {header.prefix}… ({header.hint})",
        f"{found.title} needs --header '{header.name}: {header.prefix}…'{hint}",
        hidden=True,
    )
    return value if value.startswith(header.prefix) else header.prefix + value


def _prompt(question: str, otherwise: str, *, hidden: bool) -> str:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Usage(otherwise)
    return str(click.prompt(question, hide_input=hidden, err=True))
