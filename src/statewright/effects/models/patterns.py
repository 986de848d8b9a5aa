"""Writes a text that matches a regular expression, for the simulated model.

It knows what schemas use: literals, classes, groups, alternatives, repetition, anchors. Look-around and back
references are beyond it, and say so.
"""

from __future__ import annotations

import string
from collections.abc import Callable

from statewright.effects.models.normal import Unfit

# Open repetition is kept short, unless a minimal length asks for more.
REPEAT_MORE = 3
REPEAT_MAX = 1_000
DEPTH_MAX = 40
# Repetitions multiply; a text of more parts than this is no answer.
PARTS_MAX = 10_000
# A class of all of Unicode is as well served by its first letters.
RANGE_MAX = 255

_CLASSES = {
    "d": string.digits,
    "w": string.ascii_lowercase + string.digits + "_",
    "s": " ",
    "D": string.ascii_lowercase,
    "W": "-",
    "S": string.ascii_lowercase,
}
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}
_VISIBLE = string.ascii_lowercase + string.ascii_uppercase + string.digits + "-_.:/ "


def matching(pattern: str, draw: Callable[[int], int], stretch: int = 0) -> str:
    """Returns a text that `pattern` matches; `stretch` lengthens open repetitions. Raises `Unfit`."""
    writer = _Writer(pattern, draw, stretch)
    text = writer.alternatives(0)
    if not writer.ended():
        raise Unfit(f"the pattern {pattern!r} is not understood")
    return text


class _Writer:
    """Walks the pattern once, writing as it goes."""

    def __init__(self, pattern: str, draw: Callable[[int], int], stretch: int) -> None:
        self._pattern = pattern
        self._at = 0
        self._draw = draw
        self._stretch = stretch
        self._parts = 0

    def ended(self) -> bool:
        return self._at == len(self._pattern)

    def alternatives(self, depth: int) -> str:
        if depth > DEPTH_MAX:
            raise Unfit("the pattern nests too deep")
        written = [self._sequence(depth)]
        while self._skip("|"):
            written.append(self._sequence(depth))
        return written[self._draw(len(written))]

    def _sequence(self, depth: int) -> str:
        text = ""
        while not self.ended() and self._pattern[self._at] not in "|)":
            text += self._repeated(depth)
        return text

    def _repeated(self, depth: int) -> str:
        start = self._at
        text = self._atom(depth)
        fewest, most = self._times()
        count = fewest + self._draw(most - fewest + 1)
        resume = self._at
        written = [text][:count]
        while len(written) < count:
            # Each repetition is written anew, so that its draws differ.
            self._at = start
            written.append(self._atom(depth))
        self._at = resume
        return "".join(written)

    def _times(self) -> tuple[int, int]:
        times = (1, 1)
        if self._skip("?"):
            times = (0, 1)
        elif self._skip("*"):
            times = (self._stretch, self._stretch + REPEAT_MORE)
        elif self._skip("+"):
            times = (1 + self._stretch, 1 + self._stretch + REPEAT_MORE)
        elif self._peek() == "{":
            times = self._counted()
        else:
            return times
        self._skip("?")
        return times

    def _counted(self) -> tuple[int, int]:
        end = self._pattern.find("}", self._at)
        fewest, comma, most = self._pattern[self._at + 1 : end].partition(",")
        if end < 0 or not fewest.isdigit() or (most and not most.isdigit()) or int(fewest) > REPEAT_MAX:
            raise Unfit(f"the repetition at {self._at} of the pattern is not understood")
        self._at = end + 1
        least = int(fewest)
        if not comma:
            return least, least
        reach = least + self._stretch + REPEAT_MORE
        return min(least + self._stretch, int(most) if most else reach), min(int(most), reach) if most else reach

    def _atom(self, depth: int) -> str:
        letter = self._take()
        self._parts += 1
        if self._parts > PARTS_MAX:
            raise Unfit(f"the pattern {self._pattern!r} asks for a text of more than {PARTS_MAX} parts")
        if letter == "(":
            return self._group(depth)
        if letter == "[":
            return self._one_of(self._class())
        if letter == "\\":
            return self._one_of(self._escaped())
        if letter == ".":
            return self._one_of(string.ascii_lowercase)
        if letter in "^$":
            return ""
        if letter in "*+?":
            raise Unfit(f"the pattern {self._pattern!r} is not understood")
        return letter

    def _group(self, depth: int) -> str:
        if self._skip("?"):
            self._group_prefix()
        text = self.alternatives(depth + 1)
        if not self._skip(")"):
            raise Unfit(f"the pattern {self._pattern!r} is not understood")
        return text

    def _group_prefix(self) -> None:
        if self._skip(":"):
            return
        named = self._skip("P<") or self._skip("<")
        end = self._pattern.find(">", self._at)
        if not named or end < 0 or self._peek() in "=!":
            raise Unfit("the pattern looks around, which is not simulated")
        self._at = end + 1

    def _class(self) -> str:
        negated = self._skip("^")
        letters = ""
        while letters == "" or self._peek() != "]":
            letters += self._class_part()
        self._at += 1
        return "".join(letter for letter in _VISIBLE if letter not in letters) if negated else letters

    def _class_part(self) -> str:
        first = self._class_letter()
        if self._peek() != "-" or self._pattern[self._at + 1 : self._at + 2] in ("]", ""):
            return first
        self._at += 1
        last = self._class_letter()
        if len(first) > 1 or len(last) > 1 or first > last:
            raise Unfit(f"the pattern {self._pattern!r} has a range without ends")
        return "".join(map(chr, range(ord(first), min(ord(last), ord(first) + RANGE_MAX) + 1)))

    def _class_letter(self) -> str:
        letter = self._take()
        return self._escaped() if letter == "\\" else letter

    def _escaped(self) -> str:
        letter = self._take()
        if letter in _CLASSES:
            return _CLASSES[letter]
        if letter in _CONTROLS:
            return _CONTROLS[letter]
        if letter.isalnum():
            raise Unfit(f"the escape \\{letter} is not simulated")
        return letter

    def _one_of(self, letters: str) -> str:
        if not letters:
            raise Unfit("the pattern has a class without letters")
        return letters[self._draw(len(letters))]

    def _peek(self) -> str:
        return self._pattern[self._at : self._at + 1]

    def _take(self) -> str:
        letter = self._peek()
        if not letter:
            raise Unfit(f"the pattern {self._pattern!r} ends too early")
        self._at += 1
        return letter

    def _skip(self, text: str) -> bool:
        if self._pattern.startswith(text, self._at):
            self._at += len(text)
            return True
        return False
