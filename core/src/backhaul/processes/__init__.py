"""The catalogue of processes and the four verbs: get, receive, query, send."""
