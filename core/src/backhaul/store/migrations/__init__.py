"""How the tables came to be, release by release. `store.schema.upgrade` applies what a database lacks."""
