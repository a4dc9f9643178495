"""AWS's protocols as data: one interpreter turns HTTP into params and replies into HTTP."""
