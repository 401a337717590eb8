"""Charts as plain figures: what is drawn is worked out here, in per cent across and pixels down, and the macros only
write it out.

Widths are per cent, so that a chart fits a phone without its letters shrinking; nothing needs a script or an inline
style.
"""

from app.web.charts.bars import Bar, BarChart, Part, StackedBar, bar_chart, stacked_bar
from app.web.charts.ranges import RangeChart, range_chart
from app.web.charts.series import SeriesChart, column_chart, line_chart

__all__ = [
    "Bar",
    "BarChart",
    "Part",
    "RangeChart",
    "SeriesChart",
    "StackedBar",
    "bar_chart",
    "column_chart",
    "line_chart",
    "range_chart",
    "stacked_bar",
]
