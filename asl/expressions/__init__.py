"""What stands inside the texts of a definition: paths, intrinsic functions, JSONata."""
