"""Builds, serves, prints and packs the book: ``python -m emergence.publish build``."""
