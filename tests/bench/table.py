"""table.py: the figures of one case as a table: medians, least and greatest, ratios.

It knows no program and starts none. A ratio or a difference is taken within each round and the
median shown of those, so that a machine that slows down half-way does not count for one side only.
"""

from statistics import median

GAP = "  "


def render(case, results, failures):
    """`results`: by label, one dictionary for each round. `failures`: by label, why it has none."""
    rows = [_heading(case)]
    for program in case.programs:
        if program.label in failures:
            continue
        rows.append(_row(case, results, program.label))
    lines = [f"[{case.name}] {case.title}", *_align(rows)]
    lines += [f"{GAP}{label}: not measured: {why}" for label, why in failures.items()]
    return "\n".join(lines)


def _heading(case):
    cells = [""]
    for column in case.columns:
        cells += [column.heading, "min–max"]
        if column.difference:
            cells.append("more")
        cells.append(f"× {case.baseline}")
    return cells


def _row(case, results, label):
    baseline = results.get(case.programs[0].label)
    cells = [label]
    for column in case.columns:
        values = [column.value(result) for result in results[label]]
        cells += [_number(median(values)), f"{_number(min(values))}–{_number(max(values))}"]
        base = [column.value(result) for result in baseline] if baseline else []
        if column.difference:
            cells.append(_difference(values, base))
        cells.append(_ratio(values, base))
    return cells


def _difference(values, base):
    if not base:
        return "-"
    return _number(median(value - other for value, other in zip(values, base)))


def _ratio(values, base):
    if not base or min(base) <= 0:
        return "-"
    return _number(median(value / other for value, other in zip(values, base)))


def _number(value):
    """Three or four digits that mean something."""
    size = abs(value)
    if size < 10:
        return f"{value:.3f}" if size < 2 else f"{value:.2f}"
    return f"{value:.1f}" if size < 1000 else f"{value:,.0f}"


def _align(rows):
    widths = [max(len(cell) for cell in cells) for cells in zip(*rows)]
    for first, *others in rows:
        cells = [first.ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(others, widths[1:])]
        yield GAP + GAP.join(cells).rstrip()
