"""Texts that attack a terminal or a markup parser; each must come out as harmless pictures."""

HOSTILE = [
    "\x1b]0;owned\x07title",
    "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "\x1b]52;c;ZXZpbA==\x07clipboard",
    "\x1b[2J\x1b[Hcleared",
    "\x9b31mC1 colour\x9b0m",
    "\x90device control\x9c",
    "\x85next line\x84index",
    "[/x] [bold]loud[/bold] [@click=app.quit]quit[/]",
    "[red]colour[/red] [link=https://evil.example]link[/link]",
    "right\u202eto left\u2066\u200b\u200f",
    "line\nbreak\rreturn\ttab\x0bvertical\x0cfeed",
    "nul\x00bel\x07backspace\x08\x7f",
    "\u2028separator\u2029 \ufeffmark\U000e0041tag",
    "wide 日本語テキスト and marks z" + "\u0301" * 40,
    "$foreground {braces} %s \\[escaped] ]][[",
]

ALL = " ".join(HOSTILE)


def escapes_in(text):
    """Characters that a terminal would act on; a newline counts too: it is not ours."""
    return sorted({hex(ord(c)) for c in text if ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 or c in BAD})


BAD = "\u2028\u2029\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
