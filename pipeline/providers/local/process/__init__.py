"""The processes that engines run in: started, given orders, ended."""
