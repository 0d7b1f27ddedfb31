"""What a workflow's role has to be allowed, from what its tasks call."""
