"""
The runs of distributed Maps.

    begun ──items──▶ children start ──▶ children end ──▶ results ──▶ the Map state hears of it

One row of work at a time goes on with a map run (`work.map_run`). When nothing can be begun it
ends, and the child that makes room, or is the last, enqueues the next one.
"""
