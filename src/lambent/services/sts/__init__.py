"""Security Token Service: who calls, and sessions of roles with keys of their own."""
