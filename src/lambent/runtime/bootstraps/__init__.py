"""What runs inside a sandbox before the user's code: one folder a family of runtimes."""
