"""Data protection: labels of columns, keys and their rotation, holds, retention and purge."""
