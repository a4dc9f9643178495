"""DynamoDB: tables of items, their indexes, streams and expiry."""
