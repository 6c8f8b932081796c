"""The whole platform on loopback: stand-ins for what it talks to, and a real PostgreSQL.

For trying every command without an account, and for tests.
"""
