"""The studio's web server: who may enter, requests, streams."""
