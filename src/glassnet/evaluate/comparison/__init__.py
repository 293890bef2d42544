"""A model beside its rivals on the same rows."""
