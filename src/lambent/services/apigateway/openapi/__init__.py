"""
APIs as documents: OpenAPI 3.0 and Swagger 2.0, with AWS's extensions. Pure.

    document    the text → a document; references within it
    reading     a document → what an API is made of
    schemas     its schemas → models
    writing     a deployed API → a document
"""
