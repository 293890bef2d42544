"""The lecture, the study report and other pages, as content and as renderings for terminal, HTML and Word.

`document` holds the kinds of content, `formula` formulas that read the same as text and as MathML, `lesson` runs the
code that a section shows, `html` and `terminal` render, `lecture` is the content.
"""
