"""Later is a row: what happens later is written in the same transaction as its cause."""
