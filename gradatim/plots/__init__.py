"""One file a figure: series -> a Plotly figure as plain JSON values, its one-sentence reading and its table twin."""
