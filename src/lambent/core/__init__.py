"""What every layer may use: ARNs, the clock, ids, errors, pages. It uses none of them."""
