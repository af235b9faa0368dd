"""The plain data of a pickle, without executing anything; pure.

A pickle is a program: Python's own reader imports and calls what stands in it. Here its instructions are taken one by
one (`pickletools` tells them apart and runs none); those that build plain data are carried out, and whatever names a
class or calls anything leaves `NOTHING` in its place. Protocols 0 to 2, which are what Python 2 wrote; its byte strings
come as text, a character for each byte.
"""

import pickletools
from collections.abc import Callable
from typing import Any, Final

NOTHING: Final = type("Nothing", (), {"__repr__": lambda _: "NOTHING"})()


class Damaged(ValueError):
    """The bytes are no pickle of plain data; `str()` is a few words."""


def plain(content: bytes) -> Any:
    """What a pickle holds: dictionaries, lists, tuples, texts, numbers, and NOTHING for everything else."""
    machine = _Machine()
    try:
        for instruction, argument, _ in pickletools.genops(content):
            machine.carry_out(instruction.name, argument)
        return machine.stack.pop()
    except Damaged:
        raise
    except (LookupError, ValueError, TypeError, ArithmeticError, AttributeError) as fault:
        raise Damaged("it is damaged.") from fault


class _Machine:
    """Builds the plain data of a pickle; classes, calls and what they would have made are NOTHING."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self._marks: list[int] = []
        self._memo: dict[int, Any] = {}

    def carry_out(self, name: str, argument: Any) -> None:
        """One instruction of `pickletools`; LookupError and the like where the file is damaged."""
        if name in _VALUES:
            self.stack.append(argument if _VALUES[name] is None else _VALUES[name]())  # type: ignore[misc]
        elif name in _ACTS:
            _ACTS[name](self, argument)
        else:
            raise Damaged(f"it has {name}, which stands in no plain data.")

    def mark(self, _: Any) -> None:
        self._marks.append(len(self.stack))

    def above(self) -> list[Any]:
        """Take what stands above the last mark."""
        mark = self._marks.pop()
        taken = self.stack[mark:]
        del self.stack[mark:]
        return taken

    def put(self, place: int | None) -> None:
        self._memo[len(self._memo) if place is None else place] = self.stack[-1]

    def get(self, place: int) -> None:
        self.stack.append(self._memo[place])

    def several(self, kind: Callable[[list[Any]], Any]) -> None:
        self.stack.append(kind(self.above()))

    def tuple_of(self, number: int) -> None:
        made = tuple(self.stack[len(self.stack) - number :])
        del self.stack[len(self.stack) - number :]
        self.stack.append(made)

    def append(self, values: list[Any]) -> None:
        if isinstance(self.stack[-1], list):
            self.stack[-1].extend(values)

    def set_items(self, pairs: list[Any]) -> None:
        if isinstance(self.stack[-1], dict):
            self.stack[-1].update(_table(pairs))

    def nothing(self, instead_of: int) -> None:
        """Leave NOTHING instead of what a call, a class or a state would have made."""
        del self.stack[len(self.stack) - instead_of :]
        self.stack.append(NOTHING)

    def last(self, number: int) -> list[Any]:
        taken = self.stack[len(self.stack) - number :]
        del self.stack[len(self.stack) - number :]
        return taken


def _table(pairs: list[Any]) -> dict[str | int, Any]:
    # A key of tuples within tuples would take for ever to hash.
    return {key: value for key, value in zip(pairs[::2], pairs[1::2], strict=True) if isinstance(key, str | int)}


_VALUES: dict[str, Callable[[], Any] | None] = {
    **dict.fromkeys(
        "INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT BINFLOAT STRING BINSTRING SHORT_BINSTRING UNICODE BINUNICODE "
        "SHORT_BINUNICODE BINBYTES SHORT_BINBYTES".split()
    ),
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_DICT": dict,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
    "GLOBAL": lambda: NOTHING,
}
_ACTS: dict[str, Callable[[_Machine, Any], object]] = {
    "PROTO": lambda *_: None,
    "STOP": lambda *_: None,
    "MARK": _Machine.mark,
    "PUT": _Machine.put,
    "BINPUT": _Machine.put,
    "LONG_BINPUT": _Machine.put,
    "MEMOIZE": _Machine.put,
    "GET": _Machine.get,
    "BINGET": _Machine.get,
    "LONG_BINGET": _Machine.get,
    "LIST": lambda machine, _: machine.several(list),
    "TUPLE": lambda machine, _: machine.several(tuple),
    "DICT": lambda machine, _: machine.several(_table),
    "TUPLE1": lambda machine, _: machine.tuple_of(1),
    "TUPLE2": lambda machine, _: machine.tuple_of(2),
    "TUPLE3": lambda machine, _: machine.tuple_of(3),
    "APPEND": lambda machine, _: machine.append(machine.last(1)),
    "APPENDS": lambda machine, _: machine.append(machine.above()),
    "SETITEM": lambda machine, _: machine.set_items(machine.last(2)),
    "SETITEMS": lambda machine, _: machine.set_items(machine.above()),
    "POP": lambda machine, _: machine.stack.pop(),
    "POP_MARK": lambda machine, _: machine.above(),
    "DUP": lambda machine, _: machine.stack.append(machine.stack[-1]),
    # What would call something.
    "INST": lambda machine, _: machine.several(lambda _: NOTHING),
    "OBJ": lambda machine, _: machine.several(lambda _: NOTHING),
    "REDUCE": lambda machine, _: machine.nothing(2),
    "NEWOBJ": lambda machine, _: machine.nothing(2),
    "BUILD": lambda machine, _: machine.last(1),
}
