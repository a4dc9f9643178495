"""Image repositories: none yet. Deployers ask for theirs before they take a service down."""
