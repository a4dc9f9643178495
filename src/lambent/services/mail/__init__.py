"""
E-mail: an embedded mailbox that keeps what was sent, and an SMTP relay if one is set.

Not a service of AWS. Others send by enqueueing `mail.deliver` with
`{"to": [...], "subject": ..., "body": ..., "sender": ... or absent}`.
"""
