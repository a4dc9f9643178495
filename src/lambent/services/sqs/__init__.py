"""Simple Queue Service: standard and FIFO queues, long polling, dead letters."""
