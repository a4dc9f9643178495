"""
Executions and definitions made visible: a history as a tree of steps, two histories compared, a
definition laid out and drawn with the state of each step.

Pure, and without the interpreter: it reads what GetExecutionHistory and
DescribeStateMachineForExecution answer, so that the command line and a web page draw the same.
"""
