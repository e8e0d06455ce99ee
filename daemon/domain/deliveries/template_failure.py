"""What is wrong with a rendered custom body, and where: only worked out once one has failed."""

import json


def json_problem(text: str) -> tuple[str, int]:
    """Why `text` is no JSON object and at which character; says nothing of what it holds."""
    try:
        value = json.loads(text, parse_int=str, parse_float=str, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        return error.msg, error.pos
    except _NoConstant as error:
        return f"there is no {error} in JSON", max(text.find(str(error)), 0)
    except RecursionError:
        return "it nests too deep", 0
    start = len(text) - len(text.lstrip())
    if not isinstance(value, dict):
        return f"it is {_KINDS[type(value)]}", start
    return "a string holds half of a surrogate pair", start


_KINDS = {
    list: "an array",
    str: "a string or a number",
    bool: "true or false",
    type(None): "null",
}


class _NoConstant(Exception):
    """NaN or an infinity, which Python would take."""


def _no_constant(name: str) -> object:
    raise _NoConstant(name)
