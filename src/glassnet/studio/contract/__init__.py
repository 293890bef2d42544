"""The messages between page and server, as types that are checked on arrival and described in writing."""
