"""Claims, leases, retry policy, drain. It knows no entity: it drives a Handler."""
