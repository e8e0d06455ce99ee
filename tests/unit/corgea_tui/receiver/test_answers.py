import pytest

from corgea_tui.client.errors import Usage
from corgea_tui.receiver.answers import ScriptedAnswer, script


def first(text, count, delay=0.0):
    made = script(text, delay)
    return [made.next() for _ in range(count)]


def test_a_script_repeats():
    assert [each.status for each in first("500x2,200", 6)] == [500, 500, 200, 500, 500, 200]


def test_each_step_may_have_a_delay():
    assert [each.delay for each in first("200@2s,200@150ms,200@1.5,200", 4, 0.1)] == [
        2.0,
        0.15,
        1.5,
        0.1,
    ]


@pytest.mark.parametrize("word", ["hang", "reset", "drip", "big", "redirect"])
def test_words_stand_for_ways_to_misbehave(word):
    assert first(word, 1)[0].kind == word


def test_a_redirect_has_its_status():
    assert first("redirect", 1) == [ScriptedAnswer("redirect", 302)]


@pytest.mark.parametrize("text", ["", "200,,200", "99", "600", "1000", "ok", "200x0", "200@soon"])
def test_what_is_no_answer_is_refused(text):
    with pytest.raises(Usage):
        script(text)
