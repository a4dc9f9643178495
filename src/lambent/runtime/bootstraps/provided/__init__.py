"""What becomes the `bootstrap` executable of a custom runtime."""
