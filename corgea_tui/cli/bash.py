"""Completion in bash, for names with blanks and for filters.

click's own script loses the backslash before a blank, lets bash replace `scan.*` by files, and
knows nothing of the colons at which bash splits words.
"""

import os
from typing import ClassVar

from click.shell_completion import BashComplete, add_completion_class, split_arg_string

SCRIPT = r"""
%(complete_func)s() {
    local IFS=$'\n' line=${COMP_LINE:0:COMP_POINT} word=${COMP_WORDS[COMP_CWORD]} type value
    COMPREPLY=()
    while IFS=, read -r type value; do
        if [[ $type == file || $type == dir ]]; then
            compopt -o default
            continue
        fi
        [[ $value ]] || continue
        [[ $value == *: ]] && compopt -o nospace
        if [[ $COMP_WORDBREAKS == *:* ]] &&
            [[ $word == : || ${COMP_WORDS[COMP_CWORD-1]} == : && $line == *:"$word" ]]; then
            value=${value#*:}
        fi
        [[ $word == [\'\"]* ]] || printf -v value %%q "$value"
        COMPREPLY+=("$value")
    done < <(%(complete_var)s=bash_complete COMP_LINE="$line" "$1")
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""
_END = "\0"


class Bash(BashComplete):
    """Bash with the script above, which hands over the line as it was typed."""

    source_template: ClassVar[str] = SCRIPT.lstrip()

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the cursor's, and the part of that one that is typed."""
        *words, last = split_arg_string(os.environ["COMP_LINE"] + _END)
        return words[1:], last.removesuffix(_END)


def use_bash() -> None:
    """Have click use it."""
    add_completion_class(Bash)
