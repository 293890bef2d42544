"""Preparation of a table for a network of the studio: columns, division, layers, weights, changes on the way."""
