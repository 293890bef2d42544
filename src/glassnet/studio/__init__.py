"""The studio: a local page on which a person opens a table, watches a network learn and opens every number of it.

`contract` is what page and server say to each other, `gate` the one door in front of every route, `app` the routes.
"""
