"""Bad input, made from the service models and by hand: nothing answers with a 500."""
