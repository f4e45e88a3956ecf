"""The agreed documents: JSON Schemas of the entities, service descriptions and file layouts. Data only."""
