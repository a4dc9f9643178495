"""The only SQL of Step Functions, a module a noun."""
