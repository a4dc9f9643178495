"""What every layer may use: ARNs, the clock, ids, errors, pages. Knows nothing of Lambent's other parts."""
