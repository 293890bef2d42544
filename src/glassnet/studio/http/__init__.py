"""The door of the studio: who may enter, and one request as an answer sees it."""
