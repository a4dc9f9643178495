"""Where the items of a distributed Map come from: the state's input, or what ItemReader names."""
