"""The operations of API Gateway (REST APIs), a module a noun."""
