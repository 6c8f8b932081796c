"""How was the week? Pure: what is known of it is given, and becomes a page, a document or a mail."""
