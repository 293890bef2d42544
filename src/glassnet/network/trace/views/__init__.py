"""A trace in each form that it is read in: text, LaTeX, JSON, data frame, page, drawing, card."""
