"""What runs inside AWS Lambda: one module for each function, with a `handler(event, context)` in each.

The package is the whole deployment archive. It needs Python 3.11 or later and the boto3 that the Lambda
runtime brings; it imports nothing else of this project.
"""
