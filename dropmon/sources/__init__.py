"""What do others know? Each source tells numbers, which become Samples."""
