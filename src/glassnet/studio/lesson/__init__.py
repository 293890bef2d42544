"""A page that needs no server: the lecture, or a run with its table, learns in the browser alone."""

from glassnet.studio.lesson.page import lecture_page, lesson_page, table_page
from glassnet.studio.lesson.table import lesson_data

__all__ = ["lecture_page", "lesson_data", "lesson_page", "table_page"]
