"""What the pages of the documentation take from the code, and pictures of what the flow tests passed."""
