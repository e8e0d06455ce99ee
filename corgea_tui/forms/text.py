r"""Text in a field: positions, invisible characters, and lists on one line.

Invisible characters, and those that a terminal would act on, are shown as JSON escapes (`\u202e`).
Inside a JSON string the escape is the same text; elsewhere the character was an error anyway.
"""

import json
import re
from dataclasses import dataclass

from corgea_tui.text.safe_text import safe


@dataclass(frozen=True)
class TextPosition:
    """Line and column, both from 1."""

    line: int
    column: int


def visible(text: str) -> str:
    """`text` with every invisible character as its JSON escape; line breaks stay."""
    if safe(text, len(text)) == text:
        return text
    return "".join(_escaped(each) if safe(each) != each else each for each in text)


def pasted(text: str) -> tuple[str, int]:
    """Pasted text without its invisible characters, and the number of those."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(each for each in unified if safe(each) == each)
    return kept, len(unified) - len(kept)


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


_ITEM = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[^,]*)\s*(?:,|$)')
_SPACE = " "


def read_list(text: str) -> tuple[str, ...]:
    """The words of a line, without empty ones."""
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
