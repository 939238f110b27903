"""The account's configuration as code: fields, webhook and trigger, created by name and never twice."""
