"""One folder a service, all of the same inner shape, none importing another."""
