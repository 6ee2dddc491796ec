"""What every part stands on: errors, words, the clock, keys, tree paths, flows, the database."""
