"""
CloudFormation: stacks and change sets.

A stack operation is a machine (`languages/templates/plan`) kept in the stack's row. Each step of
it is a work item that makes one resource's calls through the front door, as the stack's role or
as whoever asked; what a step needs to go on after a crash is in the resource's row.
"""
