"""What takes a second pair of eyes: changes of posts by two people, and emergency access."""
