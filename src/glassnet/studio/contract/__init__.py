"""What the page and the server say to each other, as types that are checked on arrival and described in writing."""
