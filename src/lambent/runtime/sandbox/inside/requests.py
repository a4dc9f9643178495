"""
What the server and a zygote send each other, each a packet of its own.

    server → zygote   a head, and what is to be forked, as JSON (`../zygote.py` makes it); with
                      descriptors: of the keeper's channel, the control channel and the log, and
                      then of the control groups
    zygote → server   JSON: {"ready": true} or {"failed": why} once, then
                      {"refused": number, "error": why} or {"exited": number, "status"}
    child → server    the number alone when it is there, from the process itself, so that the kernel
                      can say which one it is; or {"refused": number, "error": why}

If there is a process namespace its first process comes with what is forked or refused, for the
server to end. It comes to the zygote in front of all others, after the namespace.
"""

import struct

# The number of the request; whether there is a control group to be born in; and whether the zygote
# without what is imported ahead will do (`../zygote.py`).
HEAD = struct.Struct("=I??")
FORKED = struct.Struct("=I")
LONGEST = 1 << 20
# Those that come with every request, and the most that come with one.
ALWAYS = 3
MOST = ALWAYS + 5
# What is put in front of them: the process namespace and its first process.
OF_FIRST = 2
