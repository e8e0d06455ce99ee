"""Several words on one line, with commas between; a word that holds one stands in quotes."""

import json
import re

_ITEM = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[^,]*)\s*(?:,|$)')
_SPACE = " "


def read_list(text: str) -> tuple[str, ...]:
    """The words of a line; empty ones do not count."""
    words = (match[1].strip() for match in _ITEM.finditer(text))
    return tuple(_unquoted(word) for word in words if word)


def format_list(words: tuple[str, ...]) -> str:
    """The line that `read_list` reads as these words."""
    return ", ".join(
        json.dumps(word, ensure_ascii=False)
        if "," in word or word[:1] == '"' or word != word.strip()
        else word
        for word in words
    )


def last_word(text: str) -> tuple[str, int]:
    """The word that is being typed at the end of a line, and where it starts."""
    start = text.rfind(",") + 1
    word = text[start:]
    return word.strip(), start + len(word) - len(word.lstrip(_SPACE))


def _unquoted(word: str) -> str:
    if word[:1] != '"':
        return word
    try:
        return str(json.loads(word))
    except ValueError:
        return word
