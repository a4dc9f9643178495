"""One script a figure, each side by side with a peer or the limit. `make bench` runs them all."""
