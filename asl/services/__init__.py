"""AWS's services: their APIs as botocore describes them, and how Step Functions calls them."""
