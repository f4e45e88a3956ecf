"""Every table and migration; repositories and a typed unit of work."""
