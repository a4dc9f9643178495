"""Everything stored: transactions as plain functions, migrations, and blobs."""
