"""Showing: pages and a JSON API over one engine."""
