"""What AWS documents and no package carries: the optimised integrations of Step Functions."""
