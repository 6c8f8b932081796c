"""What is PostgreSQL doing? One file a report in `queries/`; here they are read, asked, judged and shown.

`report` (what a file says) → `server` (whom it is asked of) → `run` (asked, as a safe guest) → `table`, `samples`.
"""
