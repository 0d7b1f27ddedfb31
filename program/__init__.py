"""The coffee bar's stack: its settings, its tables and first values, its functions and its event routes.

`__main__.py` puts these together with the workflows. What a table, a function or a route is made of lies in
`infra`.
"""
