"""
CloudFormation's templates: read, resolve, order, compare, plan. Pure.

reading            text (JSON, YAML with short forms) → a document
document           a document → a Template, its structure checked
parameters         what was given → the parameters' values
scope              what names mean while a template is evaluated
functions          intrinsic functions
conditions         which conditions hold
graph              who needs whom
differences        what stands against what is wanted → changes
plan               changes → steps, and the machine that walks them, back as well
dynamic_references `{{resolve:…}}` in evaluated values
resource_types     what a row of a service's `resources.py` is
"""
