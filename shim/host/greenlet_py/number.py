"""Numbers of greenlets, for the trace."""

import weakref

from greenlet import getcurrent

_numbers = {}  # weak reference to a greenlet: its number
_free_numbers = []


def _free_number(reference):
    _free_numbers.append(_numbers.pop(reference))


def number():
    """The number of the current greenlet, from 1; free for another one when it is gone."""
    reference = weakref.ref(getcurrent(), _free_number)
    if reference not in _numbers:
        _numbers[reference] = _free_numbers.pop() if _free_numbers else len(_numbers) + 1
    return _numbers[reference]
