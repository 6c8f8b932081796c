"""What did it say? Log lines of any shape, read, filtered at the speed of grep, counted and fetched."""
