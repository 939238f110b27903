"""The board: what people see of queue, report and sync without asking Zendesk."""
