"""How TM Forum Open APIs (version 4) spell our records."""
