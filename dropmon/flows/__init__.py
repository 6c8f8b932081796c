"""Where the rooms are introduced to each other: each file is one thing that happens, from end to end."""
