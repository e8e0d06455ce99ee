"""Text that attacks what presents it: terminals, readers, spreadsheets, parsers."""

TEXTS = (
    "\x1b]0;owned\x07",  # OSC: the window's title
    "\x1b]52;c;cm0gLXJmIC8=\x07",  # OSC 52: the clipboard
    "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "\x1b[2J\x1b[31;1mred\x1b[0m",
    "\x1b[6n\x1bP$qm\x1b\\\x1bc",  # questions that a terminal answers by typing
    "\x9b2J\x9d0;owned\x9c\x85\x90",  # C1
    "a\rb\x08\x08c\x7f\x00d\x0b\x0c\x0e",
    "\u202egnp.exe\u202c \u2066left\u2069 \u200b\u200e\u2060\ufeff",
    "a" + "\u0301" * 500,
    "[red]markup[/red] [@click=app.quit]x[/] [link=x]",
    "=cmd|'/c calc'!A0",
    "line\nbreak\u2028and\u2029more",
    "\U000e0041\U000e0042 tags",
    "x" * 30_000,
)

HARMLESS = frozenset("\n\t")


def dangers(text: str) -> set[str]:
    """The characters of `text` that a terminal acts on or that turn text around."""
    return {
        each
        for each in text
        if each not in HARMLESS
        and (
            ord(each) < 0x20
            or 0x7F <= ord(each) < 0xA0
            or 0x202A <= ord(each) <= 0x202E
            or 0x2066 <= ord(each) <= 0x2069
            or each in "\u200b\u200e\u200f\u2028\u2029\u2060\ufeff"
            or 0xE0000 <= ord(each) <= 0xE0FFF
        )
    }
