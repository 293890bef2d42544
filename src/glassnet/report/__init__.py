"""Texts in full: the lecture, once as content and twice as rendering (terminal and HTML).

`document` holds the kinds of content, `formula` formulas that read the same as text and as MathML, `lesson` runs the
code that a section shows, `html` and `terminal` render, `lecture` is the content.
"""
