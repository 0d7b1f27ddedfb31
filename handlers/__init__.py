"""What runs inside AWS Lambda: one module for each function, with a `handler(event, context)` in each.

The package is the whole deployment archive. It needs Python 3.11 or later and the boto3 that the Lambda
runtime brings; it imports nothing else of this project.
"""

import gc

# The SDK and its clients stay for as long as the function's process: to look through them for garbage while they are
# made, a hundred times, takes a sixth of a cold start.
gc.set_threshold(100_000)
