"""Sicha 四查: a reporting portal for trees of organizations."""

__version__ = "0.1.0"
