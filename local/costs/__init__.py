"""What a stack costs on AWS, and how many orders a second the quotas of an account allow.

`prices` reads AWS's prices and quotas, dated data; `usage` counts what an order uses in the compiled workflows; `sums`
and `quotas` multiply; `report` lays it out for people, pages and programs.
"""
