"""Plugins: found, isolated, resolved; their hooks called. Import from its modules: they differ in weight."""
