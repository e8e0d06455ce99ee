r"""Text that stands in a field to be edited: everything in it can be seen.

What a terminal would act on, or nobody would see, is written as the JSON escape that means it
(`\u202e`). Inside a JSON string that is the same text; anywhere else it was an error before.
"""

from corgea_tui.text.safe_text import safe


def visible(text: str) -> str:
    """`text` with every character that cannot be seen as its JSON escape; line breaks stay."""
    if safe(text, len(text)) == text:
        return text
    return "".join(_escaped(each) if safe(each) != each else each for each in text)


def pasted(text: str) -> tuple[str, int]:
    """What is kept of pasted text, and how many characters nobody could see are left out."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(each for each in unified if safe(each) == each)
    return kept, len(unified) - len(kept)


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
