"""Bytes in, bytes out: workbooks. Knows no part."""
